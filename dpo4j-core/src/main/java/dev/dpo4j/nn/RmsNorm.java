/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backend;
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
  /** Numbers up to which the calls cost more than the arithmetic. */
  private static final long FEW = 1 << 16;

  private final double epsilon;
  private final boolean oneCentred;

  /**
   * Makes a norm that, when it is one-centred, scales by {@code 1 + w} in the place of {@code w}.
   */
  public RmsNorm(double epsilon, boolean oneCentred) {
    this.epsilon = epsilon;
    this.oneCentred = oneCentred;
  }

  /** Computes {@code out = w * x * inverse} and {@code inverse[..., 1] = 1 / rms(x)}. */
  public void forward(Tensor out, Tensor inverse, Tensor x, Tensor w) {
    try (Scope scope = Scope.open()) {
      Tensor scale = scale(w);
      if (Fused.has(x)) {
        Fused.rmsNorm(out, inverse, x, scale, epsilon);
        return;
      }
      Backend.Joined joined = x.count() <= FEW ? Ops.joined(x) : null;
      if (joined != null) {
        joined.rmsNorm(out, inverse, x, scale, epsilon);
        return;
      }
      Ops.rowNorm(inverse, x);
      double size = x.size(x.rank() - 1);
      inverse.mul_(inverse).mul_(1.0 / size).add_(epsilon).rsqrt_();
      apply(out, inverse, x, scale);
    }
  }

  /** Repeats the forward pass with the inverse that it left. */
  public void again(Tensor out, Tensor inverse, Tensor x, Tensor w) {
    try (Scope scope = Scope.open()) {
      apply(out, inverse, x, scale(w));
    }
  }

  /** What a normalised row is multiplied by. */
  public Tensor scale(Tensor w) {
    return oneCentred ? w.to(DType.FLOAT32).add_(1) : w;
  }

  private static void apply(Tensor out, Tensor inverse, Tensor x, Tensor w) {
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
  public void backward(
      Tensor dx, @Nullable Tensor dw, Tensor dy, Tensor x, Tensor inverse, Tensor w, Arena arena) {
    try (Scope scope = Scope.open()) {
      // The derivative by the weight is that by the scale.
      propagate(dx, dw, dy, x, inverse, scale(w), arena);
    }
  }

  private static void propagate(
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
