/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

/** Whether the activations of a layer are kept for the backward pass or computed again there. */
public enum GradientCheckpointing {
  /** Kept in as many layers as the machine's free memory allows. */
  AUTO,
  /** Computed again in every layer. */
  TRUE,
  /** Kept in every layer. */
  FALSE
}
