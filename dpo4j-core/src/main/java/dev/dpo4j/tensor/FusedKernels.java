/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.jspecify.annotations.Nullable;

/**
 * Steps of a layer that a device does in one kernel. Part of the seam behind {@link Fused}, where
 * the operations are described.
 */
public interface FusedKernels {

  /** See {@link Backends#chooseSums}. */
  void chooseSums(boolean tf32, boolean fixedOrder);

  /** See {@link Fused#rmsNorm}. */
  void rmsNorm(TensorHandle out, TensorHandle inverse, TensorHandle x, TensorHandle w, double eps);

  /** See {@link Fused#rmsNormAgain}. */
  void rmsNormAgain(TensorHandle out, TensorHandle inverse, TensorHandle x, TensorHandle w);

  /** See {@link Fused#rmsNormBackward}. */
  void rmsNormBackward(
      TensorHandle dx,
      @Nullable TensorHandle dw,
      TensorHandle dy,
      TensorHandle x,
      TensorHandle inverse,
      TensorHandle w);

  /** See {@link Fused#ropeTable}. */
  void ropeTable(
      TensorHandle cos,
      TensorHandle sin,
      TensorHandle positions,
      TensorHandle inverseFrequencies,
      double factor);

  /** See {@link Fused#rotate}. */
  void rotate(
      TensorHandle out,
      TensorHandle x,
      TensorHandle cos,
      TensorHandle sin,
      int rowDim,
      int sign,
      boolean interleaved);

  /** See {@link Fused#swiglu}. */
  void swiglu(TensorHandle out, TensorHandle gate, TensorHandle up);

  /** See {@link Fused#swigluBackward}. */
  void swigluBackward(
      TensorHandle dGate,
      TensorHandle dUp,
      @Nullable TensorHandle product,
      TensorHandle dProduct,
      TensorHandle gate,
      TensorHandle up);

  /** See {@link Fused#logitStats}. */
  void logitStats(
      TensorHandle max,
      TensorHandle sum,
      @Nullable TensorHandle total,
      @Nullable TensorHandle expected,
      @Nullable TensorHandle squares,
      TensorHandle logits);

  /** See {@link Fused#logitGradient}. */
  void logitGradient(TensorHandle out, TensorHandle logits, TensorHandle max, TensorHandle scale);

  /** See {@link Fused#choose}. */
  void choose(
      TensorHandle chosen,
      TensorHandle largest,
      TensorHandle logits,
      TensorHandle temperatures,
      TensorHandle uniforms);

  /**
   * What heads are rotated by, see {@link Backend.Angles}.
   *
   * @param half pairs that are rotated
   * @param rest multiplies the other coordinates
   */
  record Turn(TensorHandle cos, TensorHandle sin, long half, double rest) {}

  /** See {@link Backend.Joined#rotateAndKeep}. */
  void rotateAndKeep(
      TensorHandle q,
      TensorHandle qkv,
      TensorHandle keys,
      TensorHandle values,
      int kvHeads,
      TensorHandle places,
      Turn queryTurn,
      Turn keyTurn);

  /**
   * Attends for one row of each sequence.
   *
   * @param ends the first key that each sequence sees and the one behind the last, int64, {@code
   *     [sequences, 2]}
   */
  void attendKept(
      TensorHandle out,
      TensorHandle q,
      TensorHandle keys,
      TensorHandle values,
      int kvHeads,
      TensorHandle ends);

  /** See {@link Fused#supportsAttention}. */
  boolean supportsAttention(DType dtype, long headSize);

  /** See {@link Fused#attention}. */
  void attention(
      TensorHandle out,
      TensorHandle logSumExp,
      TensorHandle q,
      TensorHandle k,
      TensorHandle v,
      AttentionSpans spans,
      TensorHandle queryStarts,
      TensorHandle keyStarts);

  /** See {@link Fused#attentionBackward}. */
  void attentionBackward(
      TensorHandle dq,
      TensorHandle dk,
      TensorHandle dv,
      TensorHandle dout,
      TensorHandle out,
      TensorHandle logSumExp,
      TensorHandle q,
      TensorHandle k,
      TensorHandle v,
      AttentionSpans spans,
      TensorHandle queryStarts,
      TensorHandle keyStarts);

  /**
   * {@link Ops#adamW} with more in the same pass.
   *
   * @param copy receives the new weights in its own type; null where there is none
   * @param gradientScale what gradients are multiplied by first, for clipping
   * @param clearGradients whether gradients are set to zero after their use
   */
  void adamW(
      TensorHandle weights,
      TensorHandle grads,
      TensorHandle firstMoment,
      TensorHandle secondMoment,
      @Nullable TensorHandle copy,
      AdamWStep step,
      double gradientScale,
      boolean clearGradients);

  /** See {@link Fused#addRowsByToken}. */
  void addRowsByToken(
      TensorHandle out,
      TensorHandle x,
      TensorHandle order,
      TensorHandle starts,
      TensorHandle token);

  /** See {@link Fused#addPairsOfRows}. */
  void addPairsOfRows(TensorHandle out, TensorHandle x, TensorHandle first, TensorHandle second);

  /** See {@link Fused#widenCodes}. */
  void widenCodes(
      TensorHandle out, TensorHandle codes, TensorHandle book, TensorHandle scales, long block);
}
