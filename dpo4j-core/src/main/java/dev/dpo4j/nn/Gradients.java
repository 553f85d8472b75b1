/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.List;

/**
 * The gradients of a flat array of weights: float32, or bfloat16 in one stretch of it.
 *
 * <p>Where they are narrow, every addition rounds to 8 bits; what is added should be the sum of as
 * much as possible.
 */
public final class Gradients implements AutoCloseable {
  private final long from;
  private final long to;
  private final Tensor wide;
  private final Tensor narrow;

  /** Takes the memory, zeroed, for {@code count} weights; {@code from} to {@code to} are narrow. */
  Gradients(long count, long from, long to) {
    this.from = from;
    this.to = to;
    this.wide = Scope.outside(() -> Tensor.zeros(DType.FLOAT32, count - (to - from)));
    this.narrow = Scope.outside(() -> Tensor.zeros(DType.BFLOAT16, to - from));
  }

  private Gradients(Tensor wide) {
    this.from = 0;
    this.to = 0;
    this.wide = wide;
    this.narrow = Scope.outside(() -> Tensor.zeros(DType.BFLOAT16, 0));
  }

  /**
   * A stretch by itself, in the same memory.
   *
   * @throws IllegalArgumentException if any of them is narrow
   */
  Gradients part(long offset, long count) {
    if (to > from) {
      throw new IllegalArgumentException("some gradients are bfloat16: they have no parts");
    }
    return new Gradients(Scope.outside(() -> wide.narrow(0, offset, count)));
  }

  /** First number of the narrow stretch. */
  public long narrowFrom() {
    return from;
  }

  /** First number behind the narrow stretch. */
  public long narrowTo() {
    return to;
  }

  /**
   * A stretch as float32: a view, or a copy where it is narrow.
   *
   * @throws IllegalArgumentException if it is narrow in a part only
   */
  public Tensor read(long offset, long count) {
    return isNarrow(offset, count)
        ? narrow.narrow(0, offset - from, count).to(DType.FLOAT32)
        : view(offset, count);
  }

  /**
   * A view of a stretch that is float32.
   *
   * @throws IllegalArgumentException if any of it is narrow
   */
  Tensor view(long offset, long count) {
    if (isNarrow(offset, count)) {
      throw new IllegalArgumentException(
          "the gradients from %d on are bfloat16: they have no float32 view".formatted(offset));
    }
    return wide.narrow(0, offset < from ? offset : offset - (to - from), count);
  }

  private boolean isNarrow(long offset, long count) {
    boolean begins = offset >= from && offset < to;
    boolean ends = offset + count > from && offset + count <= to;
    if (count > 0 && (begins != ends || (offset < from && offset + count > to))) {
      throw new IllegalArgumentException(
          "%d gradients from %d on are bfloat16 in a part only, from %d to %d"
              .formatted(count, offset, from, to));
    }
    return begins;
  }

  /** Adds float32 numbers to a stretch. */
  public void add(long offset, Tensor values) {
    try (Scope scope = Scope.open()) {
      long count = values.count();
      Tensor target =
          isNarrow(offset, count) ? narrow.narrow(0, offset - from, count) : view(offset, count);
      target.add_(values);
    }
  }

  /** The arrays in which they lie, so that several processes can add theirs. */
  public List<Tensor> flat() {
    return List.of(wide, narrow);
  }

  /** Multiplies all of them. */
  public void scale(double factor) {
    wide.mul_(factor);
    narrow.mul_(factor);
  }

  /** Sets all of them to zero. */
  public void zero() {
    wide.zero_();
    narrow.zero_();
  }

  @Override
  public void close() {
    wide.close();
    narrow.close();
  }
}
