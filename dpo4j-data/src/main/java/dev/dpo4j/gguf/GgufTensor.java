/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.Arrays;

/** A tensor in a GGUF file: its name there, its shape, and how and where its values are stored. */
public final class GgufTensor {
  private final String name;
  private final GgufType type;
  private final long offset;
  private final long[] shape;
  private final long elementCount;

  /**
   * A tensor of the given shape, outermost dimension first (the file counts from inside).
   *
   * @throws IllegalArgumentException when its float32 values have more bytes than fit a long
   */
  GgufTensor(String name, GgufType type, long offset, long[] shape) {
    this.name = name;
    this.type = type;
    this.offset = offset;
    this.shape = shape.clone();
    this.elementCount = elementCount(shape);
  }

  /** The name in the file, such as {@code blk.0.attn_q.weight}. */
  public String name() {
    return name;
  }

  /** How the values are stored. */
  public GgufType type() {
    return type;
  }

  /** The first byte, counted from the start of the file's data section. */
  public long offset() {
    return offset;
  }

  /** A copy of the dimensions, outermost first. */
  public long[] shape() {
    return shape.clone();
  }

  /** The number of elements: the product of the dimensions. */
  public long elementCount() {
    return elementCount;
  }

  /** Values in one row: the innermost dimension. */
  public long columns() {
    return shape[shape.length - 1];
  }

  /** Bytes of one row as stored. */
  public long rowBytes() {
    return columns() / type.blockSize() * type.blockBytes();
  }

  /** Bytes of the tensor as stored. */
  public long storedBytes() {
    return elementCount / type.blockSize() * type.blockBytes();
  }

  private static long elementCount(long[] shape) {
    try {
      long count = 1;
      for (long dimension : shape) {
        count = Math.multiplyExact(count, dimension);
      }
      Math.multiplyExact(count, (long) Float.BYTES);
      return count;
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "shape " + Arrays.toString(shape) + " has more bytes than 64 bits can count", e);
    }
  }
}
