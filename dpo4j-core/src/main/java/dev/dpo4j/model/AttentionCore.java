/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Tensor;

/** The part of a layer between its normalised input and the projection of its attention. */
interface AttentionCore {

  /** What a backward pass needs of a forward pass. */
  interface State {}

  /** Takes the memory that a forward pass fills. */
  State take(long rows, Arena arena);

  /**
   * Projects, rotates and attends.
   *
   * @param attended receives the output, {@code [rows, heads * size]}
   * @param input normalised, {@code [rows, hidden]}
   */
  void forward(
      State state,
      Tensor attended,
      Tensor input,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Gemm products,
      Arena arena);

  /**
   * Propagates a gradient.
   *
   * @param dQkv receives the gradient of the projection's output
   * @param dAttended gradient of the output
   * @param attended the output
   */
  void backward(
      Tensor dQkv,
      State state,
      Tensor dAttended,
      Tensor attended,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Arena arena);
}
