/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * The matrix of a linear layer in fewer bits than it is computed with: widened whenever it is used,
 * and never changed.
 */
public interface PackedWeight extends AutoCloseable {
  /** How it is packed, in a word, such as {@code nf4}. */
  String form();

  /** The number of weights. */
  long count();

  /** Bytes that it takes. */
  long bytes();

  /**
   * Computes the weights.
   *
   * @param out receives them, float32, contiguous
   */
  void widen(Tensor out);

  /** Hands over everything that decides the weights, for a checksum. */
  void digest(Consumer<ByteBuffer> digest);

  @Override
  void close();
}
