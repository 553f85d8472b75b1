/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * How a GGUF file stores the values of a tensor: single numbers, or blocks of 32 or 256 values that
 * share scales.
 */
public enum GgufType {
  /** IEEE single precision. */
  F32(0, 1, 4),
  /** IEEE half precision. */
  F16(1, 1, 2),
  /** 4 bits and a scale a block. */
  Q4_0(2, 32, 18),
  /** 4 bits, a scale and a minimum a block. */
  Q4_1(3, 32, 20),
  /** 5 bits and a scale a block. */
  Q5_0(6, 32, 22),
  /** 5 bits, a scale and a minimum a block. */
  Q5_1(7, 32, 24),
  /** 8 bits and a scale a block. */
  Q8_0(8, 32, 34),
  /** 4 bits, with 6-bit scales and minima for each 32 values of a block. */
  Q4_K(12, 256, 144),
  /** 5 bits, with 6-bit scales and minima for each 32 values of a block. */
  Q5_K(13, 256, 176),
  /** 6 bits, with 8-bit scales for each 16 values of a block. */
  Q6_K(14, 256, 210),
  /** The upper half of single precision. */
  BF16(30, 1, 2);

  private final int id;
  private final int blockSize;
  private final int blockBytes;

  GgufType(int id, int blockSize, int blockBytes) {
    this.id = id;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
  }

  /** Values in one block. */
  public int blockSize() {
    return blockSize;
  }

  /** Bytes of one block. */
  public int blockBytes() {
    return blockBytes;
  }

  /** The number that stands for the type in a file. */
  int id() {
    return id;
  }

  /** Whether values share scales, so that plain numbers would take more room. */
  public boolean isPacked() {
    return blockSize > 1;
  }

  /**
   * Decodes whole blocks as ggml does, rounding for rounding.
   *
   * @param in little endian; read from index 0
   * @param count values to decode, a multiple of the block size
   */
  public void decode(ByteBuffer in, float[] out, int count) {
    Dequantizer.decode(this, in, out, count);
  }

  static Optional<GgufType> ofId(long id) {
    return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
  }
}
