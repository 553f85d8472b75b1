/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

/** When a run keeps a checkpoint. */
public enum SaveStrategy {
  /** Never. */
  NO,
  /** Every so many optimizer steps, and after the last one. */
  STEPS,
  /** At the end of every epoch. */
  EPOCH,
  /** After each evaluation that is better than all before. */
  BEST
}
