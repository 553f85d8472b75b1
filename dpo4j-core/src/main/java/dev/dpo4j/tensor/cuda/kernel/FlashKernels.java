/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DType;

/** Attention without the matrix of probabilities, by kernels of the installed engine. */
public interface FlashKernels {
  /**
   * Heads of rows in device memory.
   *
   * @param rowStride elements from one row to the next; heads and their coordinates lie without
   *     gaps
   */
  record Heads(long address, DType dtype, long rows, int heads, int size, long rowStride) {}

  /**
   * Spans of rows, causal and aligned at their ends.
   *
   * @param queryStarts address of {@code count + 1} int32
   * @param keyStarts address of {@code count + 1} int32
   * @param window keys that a query sees, itself included; 0 for all
   */
  record Spans(
      long queryStarts,
      long keyStarts,
      int count,
      int longestQueries,
      int longestKeys,
      double scale,
      int window) {}

  /**
   * Has gradients summed in a fixed order, or again in any; at first they are in any.
   *
   * @throws CudaUnavailableException if that is not possible, with the remedy
   */
  default void fixOrder(boolean fixed) {}

  /** Whether heads of that type and size can be computed. */
  boolean supports(DType dtype, long size);

  /**
   * Computes {@code out} and, for the backward pass, the log of the sum of exponentials, {@code
   * [heads, rows]} in float32.
   */
  void forward(Heads out, long logSumExp, Heads q, Heads k, Heads v, Spans spans);

  /** Computes the gradients, by assignment. */
  void backward(
      Heads dq,
      Heads dk,
      Heads dv,
      Heads dout,
      Heads out,
      long logSumExp,
      Heads q,
      Heads k,
      Heads v,
      Spans spans);
}
