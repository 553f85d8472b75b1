/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

/** What the processes of a run divide among themselves. */
public enum Shard {
  /** Nothing but the rows: each process holds the whole model and the whole optimizer. */
  NONE,
  /** The state of the optimizer. */
  OPTIMIZER,
  /** The state of the optimizer, the weights and their gradients. */
  FULL
}
