/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The part of a layer behind its attention: one block for all tokens, or experts. */
interface FeedForward {

  /** What a backward pass needs of a forward pass. */
  interface State {}

  /** Takes the memory that a forward pass fills. */
  State take(long rows, Arena arena);

  /**
   * Computes the block.
   *
   * @param out receives the output; null when only the state is wanted
   * @param residual what the output is added to; null for nothing
   * @param normed the input, {@code [rows, hidden]}
   */
  void forward(
      State state,
      @Nullable Tensor out,
      @Nullable Tensor residual,
      Tensor normed,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Gemm products,
      Arena arena);

  /**
   * Propagates a gradient.
   *
   * @param dOut gradient of the output
   * @param normed the input; its memory may become the result
   * @return the gradient of the input, in memory that the caller releases
   */
  Tensor backward(
      State state,
      Tensor dOut,
      Tensor normed,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Arena arena);
}
