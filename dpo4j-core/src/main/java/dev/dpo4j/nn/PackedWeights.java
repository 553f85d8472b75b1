/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.PackedMatrix;
import dev.dpo4j.tensor.Tensor;
import java.util.IdentityHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Packed copies of weight matrices, found by the matrix of which they are copies.
 *
 * <p>A copy keeps what the weights were: whoever changes weights renews the copies.
 */
public final class PackedWeights implements AutoCloseable {
  /** Rows up to which a copy in two parts is read faster than the float32 weights. */
  private static final int ROWS_OF_TWO = 8;

  private final IdentityHashMap<Tensor, PackedMatrix> copies = new IdentityHashMap<>();

  /** Packs {@code w}, {@code [outputs, inputs]}, if that gains anything. */
  public void add(Tensor w) {
    PackedMatrix copy = PackedMatrix.of(w);
    PackedMatrix former = copy == null ? copies.remove(w) : copies.put(w, copy);
    if (former != null) {
      former.close();
    }
  }

  /** The copy that serves a product of so many rows better than {@code w} itself, or null. */
  @Nullable PackedMatrix serving(Tensor w, long rows) {
    PackedMatrix copy = copies.get(w);
    boolean serves = copy != null && (copy.form() == PackedMatrix.Form.HALF || rows <= ROWS_OF_TWO);
    return serves ? copy : null;
  }

  /** Whether {@code w} has a copy that serves products of any number of rows. */
  public boolean has(Tensor w) {
    PackedMatrix copy = copies.get(w);
    return copy != null && copy.form() == PackedMatrix.Form.HALF;
  }

  /** Bytes of all copies. */
  public long bytes() {
    return copies.values().stream().mapToLong(PackedMatrix::bytes).sum();
  }

  /** Frees all copies. */
  @Override
  public void close() {
    copies.values().forEach(PackedMatrix::close);
    copies.clear();
  }
}
