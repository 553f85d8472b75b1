/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.jspecify.annotations.Nullable;

/**
 * Steps of a layer as single kernels, on devices that have them ({@link
 * Backends#hasFusedKernels()}).
 *
 * <p>Operands may be float32 or bfloat16 in any mixture; the arithmetic is float32.
 */
public final class Fused {
  private Fused() {}

  private static FusedKernels of(Tensor tensor) {
    FusedKernels kernels = tensor.backend().fused();
    if (kernels == null) {
      throw new IllegalStateException(tensor.backend().device() + " has no fused kernels");
    }
    return kernels;
  }

  private static @Nullable TensorHandle handle(@Nullable Tensor tensor) {
    return tensor == null ? null : tensor.handle();
  }

  /** Whether {@code tensor} lies on a device with fused kernels. */
  public static boolean has(Tensor tensor) {
    return tensor.backend().fused() != null;
  }

  /** {@code inverse = 1 / sqrt(mean(x^2) + eps)}, {@code out = x * inverse * w}, by rows. */
  public static void rmsNorm(Tensor out, Tensor inverse, Tensor x, Tensor w, double eps) {
    of(out).rmsNorm(out.handle(), inverse.handle(), x.handle(), w.handle(), eps);
  }

  /** {@code out = x * inverse * w} with the inverse that {@link #rmsNorm} left. */
  public static void rmsNormAgain(Tensor out, Tensor inverse, Tensor x, Tensor w) {
    of(out).rmsNormAgain(out.handle(), inverse.handle(), x.handle(), w.handle());
  }

  /** Adds the gradient by {@code x} to {@code dx} and that by the scale to {@code dw}. */
  public static void rmsNormBackward(
      Tensor dx, @Nullable Tensor dw, Tensor dy, Tensor x, Tensor inverse, Tensor w) {
    of(dx)
        .rmsNormBackward(
            dx.handle(), handle(dw), dy.handle(), x.handle(), inverse.handle(), w.handle());
  }

  /**
   * Computes the tables of rotary embeddings, {@code [rows, half]} each, float32.
   *
   * @param positions {@code [rows]}, int32
   * @param inverseFrequencies {@code [half]}, float64
   * @param factor multiplies both tables
   */
  public static void ropeTable(
      Tensor cos, Tensor sin, Tensor positions, Tensor inverseFrequencies, double factor) {
    of(cos)
        .ropeTable(
            cos.handle(), sin.handle(), positions.handle(), inverseFrequencies.handle(), factor);
  }

  /**
   * Rotates the halves of the last dimension of {@code x}, of rank 4, into {@code out}, which may
   * be the same.
   *
   * @param rowDim the dimension that counts the rows of the tables, 0 or 1
   * @param sign -1 to rotate, 1 to rotate a gradient back
   * @param interleaved whether neighbours are rotated together in the place of halves
   */
  public static void rotate(
      Tensor out, Tensor x, Tensor cos, Tensor sin, int rowDim, int sign, boolean interleaved) {
    of(out).rotate(out.handle(), x.handle(), cos.handle(), sin.handle(), rowDim, sign, interleaved);
  }

  /** {@code out = silu(gate) * up} for matrices. */
  public static void swiglu(Tensor out, Tensor gate, Tensor up) {
    of(out).swiglu(out.handle(), gate.handle(), up.handle());
  }

  /**
   * Propagates the gradient of {@link #swiglu}, and computes its result again.
   *
   * @param product receives the result; null where it is not wanted
   */
  public static void swigluBackward(
      Tensor dGate, Tensor dUp, @Nullable Tensor product, Tensor dProduct, Tensor gate, Tensor up) {
    of(dGate)
        .swigluBackward(
            dGate.handle(),
            dUp.handle(),
            handle(product),
            dProduct.handle(),
            gate.handle(),
            up.handle());
  }

  /**
   * Reads rows of logits: the largest z, the sums of {@code e = exp(z - max)}, of z, of {@code e (z
   * - max)} and of {@code e^2}; float32, {@code [rows]} each.
   */
  public static void logitStats(
      Tensor max,
      Tensor sum,
      @Nullable Tensor total,
      @Nullable Tensor expected,
      @Nullable Tensor squares,
      Tensor logits) {
    of(logits)
        .logitStats(
            max.handle(),
            sum.handle(),
            handle(total),
            handle(expected),
            handle(squares),
            logits.handle());
  }

  /** {@code out = exp(logits - max) * scale}, row by row; {@code out} may be the logits. */
  public static void logitGradient(Tensor out, Tensor logits, Tensor max, Tensor scale) {
    of(out).logitGradient(out.handle(), logits.handle(), max.handle(), scale.handle());
  }

  /** Whether {@link #attention} takes heads of that size and type. */
  public static boolean supportsAttention(DType dtype, long headSize) {
    FusedKernels kernels = Backends.current().fused();
    return kernels != null && kernels.supportsAttention(dtype, headSize);
  }

  /**
   * Causal attention of spans of rows.
   *
   * @param out {@code [queries, heads, size]}
   * @param logSumExp {@code [heads, queries]}, float32, for the backward pass
   * @param q {@code [queries, heads, size]}; rows may lie apart
   * @param k {@code [keys, kv heads, size]}
   * @param v {@code [keys, kv heads, size]}
   */
  public static void attention(
      Tensor out, Tensor logSumExp, Tensor q, Tensor k, Tensor v, AttentionSpans spans) {
    of(out)
        .attention(
            out.handle(),
            logSumExp.handle(),
            q.handle(),
            k.handle(),
            v.handle(),
            spans,
            spans.queryStarts().handle(),
            spans.keyStarts().handle());
  }

  /** Propagates the gradient of {@link #attention}; all three are assigned. */
  public static void attentionBackward(
      Tensor dq,
      Tensor dk,
      Tensor dv,
      Tensor dout,
      Tensor out,
      Tensor logSumExp,
      Tensor q,
      Tensor k,
      Tensor v,
      AttentionSpans spans) {
    of(dq)
        .attentionBackward(
            dq.handle(),
            dk.handle(),
            dv.handle(),
            dout.handle(),
            out.handle(),
            logSumExp.handle(),
            q.handle(),
            k.handle(),
            v.handle(),
            spans,
            spans.queryStarts().handle(),
            spans.keyStarts().handle());
  }

  /** {@link Ops#adamW}, which leaves the new weights in {@code copy}, too, in its type. */
  public static void adamW(
      Tensor weights,
      Tensor grads,
      Tensor firstMoment,
      Tensor secondMoment,
      Tensor copy,
      AdamWStep step) {
    of(weights)
        .adamW(
            weights.handle(),
            grads.handle(),
            firstMoment.handle(),
            secondMoment.handle(),
            copy.handle(),
            step,
            1,
            false);
  }

  /**
   * {@code out[token[u]] += sum of x[order[j]]} for {@code j} from {@code starts[u]} to {@code
   * starts[u + 1]}, in that order; all three are int32.
   */
  public static void addRowsByToken(
      Tensor out, Tensor x, Tensor order, Tensor starts, Tensor token) {
    of(out)
        .addRowsByToken(out.handle(), x.handle(), order.handle(), starts.handle(), token.handle());
  }

  /** {@code out[r] = x[first[r]] + x[second[r]]}, int32; what is -1 counts as zero. */
  public static void addPairsOfRows(Tensor out, Tensor x, Tensor first, Tensor second) {
    of(out).addPairsOfRows(out.handle(), x.handle(), first.handle(), second.handle());
  }

  /**
   * {@code out[i] = book[code i] * scales[i / block]}.
   *
   * @param codes two a byte, the first one in its upper half
   * @param book 16 numbers, float32
   * @param scales one a block, float32
   */
  public static void widenCodes(Tensor out, Tensor codes, Tensor book, Tensor scales, long block) {
    of(out).widenCodes(out.handle(), codes.handle(), book.handle(), scales.handle(), block);
  }
}
