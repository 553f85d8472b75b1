/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.tensor.DType;

/** The type in which weights are held that are not trained. */
public enum BaseDtype {
  /** Four bytes a weight; also the type of all weights that are trained. */
  FLOAT32(DType.FLOAT32),
  /** Two bytes a weight: exact for a checkpoint in bfloat16, rounded for others. */
  BFLOAT16(DType.BFLOAT16);

  private final DType dtype;

  BaseDtype(DType dtype) {
    this.dtype = dtype;
  }

  /** The element type. */
  public DType dtype() {
    return dtype;
  }
}
