/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import java.util.Arrays;

/**
 * A named weight: where it lies in the flat storage of its {@link ParameterStore}.
 *
 * @param name the name in a Hugging Face checkpoint
 * @param shape sizes, outermost first
 * @param offset index of its first element in the flat storage
 * @param decayed whether weight decay applies; norms and biases are not decayed
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out
public record Parameter(String name, long[] shape, long offset, boolean decayed) {
  public Parameter {
    shape = shape.clone();
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  /** The number of elements. */
  public long count() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Parameter that
        && name.equals(that.name)
        && Arrays.equals(shape, that.shape)
        && offset == that.offset
        && decayed == that.decayed;
  }

  @Override
  public int hashCode() {
    return name.hashCode();
  }

  @Override
  public String toString() {
    return name + Arrays.toString(shape);
  }
}
