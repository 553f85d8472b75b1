/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.tensor.DType;
import java.util.Arrays;

/** Name, element type and shape of a tensor in a file, without its values. */
public final class TensorSpec {
  private final String name;
  private final DType dtype;
  private final long[] shape;
  private final long elementCount;

  /**
   * A tensor of the given shape; no dimensions mean a single value.
   *
   * @throws IllegalArgumentException when a dimension is negative or the bytes do not fit a long
   */
  public TensorSpec(String name, DType dtype, long... shape) {
    this.name = name;
    this.dtype = dtype;
    this.shape = shape.clone();
    this.elementCount = elementCount(shape);
    try {
      Math.multiplyExact(elementCount, (long) dtype.byteSize());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(tooLarge(shape), e);
    }
  }

  /** The tensor's full name, such as {@code model.norm.weight}. */
  public String name() {
    return name;
  }

  /** The type of the elements. */
  public DType dtype() {
    return dtype;
  }

  /** A copy of the dimensions, outermost first. */
  public long[] shape() {
    return shape.clone();
  }

  /** The number of elements: the product of the dimensions. */
  public long elementCount() {
    return elementCount;
  }

  /** The bytes of the values. */
  public long byteSize() {
    return elementCount * dtype.byteSize();
  }

  /** Whether the shapes are equal. */
  public boolean hasShape(long... other) {
    return Arrays.equals(shape, other);
  }

  /** The same tensor under another element type. */
  public TensorSpec withDtype(DType other) {
    return new TensorSpec(name, other, shape);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof TensorSpec other
        && name.equals(other.name)
        && dtype == other.dtype
        && Arrays.equals(shape, other.shape);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * name.hashCode() + dtype.hashCode()) + Arrays.hashCode(shape);
  }

  @Override
  public String toString() {
    return name + " " + dtype.safetensorsName() + " " + Arrays.toString(shape);
  }

  private static long elementCount(long[] shape) {
    long count = 1;
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "shape " + Arrays.toString(shape) + " has a negative dimension");
      }
      try {
        count = Math.multiplyExact(count, dimension);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(tooLarge(shape), e);
      }
    }
    return count;
  }

  private static String tooLarge(long[] shape) {
    return "shape " + Arrays.toString(shape) + " has more bytes than 64 bits can count";
  }
}
