/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

/** The type in which gradients are held. */
public enum GradientDtype {
  /** Exact sums. */
  FLOAT32,
  /** Half the memory; every pass of a step is rounded to 8 bits. */
  BFLOAT16
}
