/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.quant.WeightPacking;
import dev.dpo4j.tensor.DType;

/**
 * How the weights of a model are held in memory.
 *
 * @param dtype type of the plain numbers
 * @param packing what becomes of the matrices of the layers
 */
public record BaseForm(DType dtype, WeightPacking packing) {
  /** All weights in float32, as they are trained. */
  public static final BaseForm FLOAT32 = plain(DType.FLOAT32);

  /** All weights as numbers of a type. */
  public static BaseForm plain(DType dtype) {
    return new BaseForm(dtype, WeightPacking.NONE);
  }
}
