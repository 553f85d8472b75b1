/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

/** How the weights of the linear layers and the head are read for each new token. */
public enum DecodeWeights {
  /** Every weight as it is, or within one unit in the last place of a float32. */
  EXACT,
  /**
   * In 8 bits with one scale for each output, multiplied by inputs that are rounded to 8 bits with
   * one scale for all rows of a product. The result of a product is off by 1 to 2 percent of its
   * norm, and depends on the other rows. Prompts are read with the weights as they are.
   */
  INT8
}
