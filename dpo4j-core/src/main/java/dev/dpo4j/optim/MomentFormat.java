/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import dev.dpo4j.tensor.DType;

/** How AdamW keeps its two running means between steps; it always computes in float32. */
public enum MomentFormat {
  /** 4 bytes a number, exact. */
  FLOAT32(DType.FLOAT32, 4),
  /** 2 bytes a number. */
  BFLOAT16(DType.BFLOAT16, 2),
  /** 1 byte a number, an 8-bit float, and a float32 scale for every 256 of them. */
  FLOAT8(DType.UINT8, 1 + 4.0 / Moment.BLOCK);

  private final DType dtype;
  private final double bytes;

  MomentFormat(DType dtype, double bytes) {
    this.dtype = dtype;
    this.bytes = bytes;
  }

  DType dtype() {
    return dtype;
  }

  /** Bytes of a mean of that many numbers, about. */
  public long bytes(long count) {
    return (long) (bytes * count);
  }
}
