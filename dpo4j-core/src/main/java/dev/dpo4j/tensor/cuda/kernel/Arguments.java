/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The parameter of a kernel: a struct whose members have 8 bytes each, written in their order. */
public final class Arguments {
  private static final int CAPACITY = 1024;

  private final ByteBuffer bytes =
      ByteBuffer.allocateDirect(CAPACITY).order(ByteOrder.nativeOrder());

  /** Begins a new struct. */
  public Arguments begin() {
    bytes.clear();
    return this;
  }

  /** Adds a pointer or a whole number ({@code long long}). */
  public Arguments add(long value) {
    bytes.putLong(value);
    return this;
  }

  /** Adds the number that the kernels have for a type: its place among the types. */
  @SuppressWarnings("EnumOrdinal")
  public Arguments add(DType type) {
    return add((long) type.ordinal());
  }

  /** Adds a {@code double}. */
  public Arguments add(double value) {
    bytes.putDouble(value);
    return this;
  }

  /** Adds whole numbers, padded with {@code filler} to {@code length} of them. */
  public Arguments add(long[] values, int length, long filler) {
    for (int i = 0; i < length; i++) {
      bytes.putLong(i < values.length ? values[i] : filler);
    }
    return this;
  }

  /** Adds a tensor: its address and its type. */
  public Arguments add(CudaTensor x) {
    return add(x.address()).add(x.dtype());
  }

  /** The struct's memory, which stays at one address. */
  public ByteBuffer buffer() {
    return bytes;
  }

  /** The number of bytes written. */
  int size() {
    return bytes.position();
  }
}
