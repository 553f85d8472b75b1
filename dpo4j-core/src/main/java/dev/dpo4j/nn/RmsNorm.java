/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Root-mean-square normalisation, {@code y = w * x / sqrt(mean(x^2) + eps)}.
 *
 * <p>Source: "Root Mean Square Layer Normalization", arXiv 1910.07467, equation 4. It works on the
 * last dimension of tensors of any rank whose other dimensions are contiguous.
 */
public final class RmsNorm {
  private final double epsilon;

  /** Makes a norm with the given epsilon. */
  public RmsNorm(double epsilon) {
    this.epsilon = epsilon;
  }

  /** Computes {@code out = w * x * inverse} and {@code inverse[..., 1] = 1 / rms(x)}. */
  public void forward(Tensor out, Tensor inverse, Tensor x, Tensor w) {
    if (Fused.has(x)) {
      Fused.rmsNorm(out, inverse, x, w, epsilon);
      return;
    }
    Ops.rowNorm(inverse, x);
    double size = x.size(x.rank() - 1);
    inverse.mul_(inverse).mul_(1.0 / size).add_(epsilon).rsqrt_();
    apply(out, inverse, x, w);
  }

  /** Repeats the forward pass with the inverse that it left. */
  public static void apply(Tensor out, Tensor inverse, Tensor x, Tensor w) {
    if (Fused.has(x)) {
      Fused.rmsNormAgain(out, inverse, x, w);
      return;
    }
    Ops.mul(out, x, inverse);
    out.mul_(w);
  }

  /**
   * Propagates a gradient.
   *
   * @param dx receives the gradient by addition
   * @param dw receives the scale's gradient by addition, {@code [size]}; null where it is frozen
   * @param dy the gradient of the output; its memory is used as scratch
   */
  public static void backward(
      Tensor dx, @Nullable Tensor dw, Tensor dy, Tensor x, Tensor inverse, Tensor w, Arena arena) {
    if (Fused.has(x)) {
      Fused.rmsNormBackward(dx, dw, dy, x, inverse, w);
      return;
    }
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      long size = x.size(x.rank() - 1);
      Tensor normed = arena.take(x.shape());
      Tensor product = arena.take(x.shape());
      Ops.mul(normed, x, inverse);
      Ops.mul(product, dy, normed);
      if (dw != null) {
        Tensor sums = Tensor.empty(DType.FLOAT32, size);
        Ops.columnSum(sums, product.view(-1, size));
        dw.add_(sums);
      }
      product.mul_(w);
      Tensor mean = arena.take(inverse.shape());
      Ops.rowSum(mean, product);
      mean.mul_(1.0 / size);
      dy.mul_(w);
      dy.addcmul_(normed, mean, -1);
      dx.addcmul_(dy, inverse, 1);
    } finally {
      arena.release(mark);
    }
  }
}
