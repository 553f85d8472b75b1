/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.jspecify.annotations.Nullable;

/**
 * A copy of a weight matrix in the form from which products of few rows are computed fastest.
 *
 * <p>A product with few rows costs what the reading of the weights costs. The copy holds them in 16
 * bits where every one of them survives that, else in twice 16 bits, packed in the order in which
 * the kernel reads them; factors and sums are float32. The result of a row does not depend on how
 * many rows there are, to the last bit. A copy in 8 bits is made only where it is asked for.
 */
public final class PackedMatrix implements AutoCloseable {
  private final Backend backend;
  private final Backend.Packed packed;
  private final long inputs;

  private PackedMatrix(Backend backend, Backend.Packed packed, long inputs) {
    this.backend = backend;
    this.packed = packed;
    this.inputs = inputs;
  }

  /** How the weights are held. */
  public enum Form {
    /** As 16-bit numbers of the same values. */
    HALF,
    /**
     * As sums of two 16-bit numbers: exact for weights of up to 22 bits, else within one unit in
     * the last of the 24 bits of a float32.
     */
    TWO_HALVES,
    /** As whole numbers of 8 bits times a scale for each output; not the same values. */
    INT8
  }

  /**
   * Packs {@code w}.
   *
   * @param w weights, {@code [outputs, inputs]}, float32; may change or be freed afterwards, the
   *     copy keeps what they were
   * @return the copy, or null where {@code w} itself serves best: the device knows no such form, or
   *     the weights are no numbers or too far apart in size for it
   */
  public static @Nullable PackedMatrix of(Tensor w) {
    return of(w, w.backend().pack(w.handle()));
  }

  /**
   * Packs {@code w} in 8 bits: a product is computed in whole numbers and is off by 1 to 2 percent
   * of its norm; a row's result depends on the largest value of all rows.
   *
   * @param w as for {@link #of}
   * @return the copy, or null where the device knows no such form or the weights are no numbers
   */
  public static @Nullable PackedMatrix int8(Tensor w) {
    return of(w, w.backend().packInt8(w.handle()));
  }

  private static @Nullable PackedMatrix of(Tensor w, Backend.@Nullable Packed packed) {
    return packed == null ? null : new PackedMatrix(w.backend(), packed, w.size(1));
  }

  /**
   * Computes {@code x * w^T}.
   *
   * @param x {@code [rows, inputs]}, float32
   * @return {@code [rows, outputs]}, owned by the current scope or the caller
   */
  public Tensor times(Tensor x) {
    if (x.rank() != 2 || x.size(1) != inputs) {
      throw new IllegalArgumentException("a factor of %d inputs is %s".formatted(inputs, x));
    }
    return new Tensor(backend, packed.times(x.handle()));
  }

  /** The copy as the backend knows it. */
  Backend.Packed packed() {
    return packed;
  }

  /** How the weights are held. */
  public Form form() {
    return packed.form();
  }

  /** Bytes that the copy takes. */
  public long bytes() {
    return packed.bytes();
  }

  @Override
  public void close() {
    packed.close();
  }
}
