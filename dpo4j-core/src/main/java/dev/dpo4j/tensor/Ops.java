/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Operations that write their result into memory that exists already.
 *
 * <p>The first argument is always the target. Nothing is allocated, so a pass over a model touches
 * the same pages again and again; a fresh page costs more than the arithmetic done on it.
 */
public final class Ops {
  /** "Of the input's type": native, made once, lives as long as the process. */
  private static final ScalarTypeOptional NO_TYPE = new ScalarTypeOptional();

  private Ops() {}

  /** {@code out = a * b} for matrices {@code [m, k]} and {@code [k, n]}. */
  public static void mm(Tensor out, Tensor a, Tensor b) {
    Natives.done(out.handle(), torch.mm_out(out.handle(), a.handle(), b.handle()));
  }

  /** {@code out = bias + a * b}; {@code bias} is broadcast over rows or is a full matrix. */
  public static void addmm(Tensor out, Tensor bias, Tensor a, Tensor b) {
    Natives.done(
        out.handle(), torch.addmm_out(out.handle(), bias.handle(), a.handle(), b.handle()));
  }

  /** {@code out += a * b}. */
  public static void addmm_(Tensor out, Tensor a, Tensor b) {
    Natives.done(out.handle(), out.handle().addmm_(a.handle(), b.handle()));
  }

  /** {@code out[i] = a[i] * b[i]} for stacks of matrices. */
  public static void bmm(Tensor out, Tensor a, Tensor b) {
    Natives.done(out.handle(), torch.bmm_out(out.handle(), a.handle(), b.handle()));
  }

  /** {@code out[i] += a[i] * b[i]} for stacks of matrices. */
  public static void baddbmm_(Tensor out, Tensor a, Tensor b) {
    Natives.done(out.handle(), out.handle().baddbmm_(a.handle(), b.handle()));
  }

  /** {@code out = a * b}, element by element, broadcast as needed. */
  public static void mul(Tensor out, Tensor a, Tensor b) {
    Natives.done(out.handle(), torch.mul_out(out.handle(), a.handle(), b.handle()));
  }

  /** {@code out = |x|}. */
  public static void abs(Tensor out, Tensor x) {
    Natives.done(out.handle(), torch.abs_out(out.handle(), x.handle()));
  }

  /** {@code out = exp(x)}; {@code out} may be {@code x} itself. */
  public static void exp(Tensor out, Tensor x) {
    Natives.done(out.handle(), torch.exp_out(out.handle(), x.handle()));
  }

  /** {@code out = a - b}, element by element, broadcast as needed. */
  public static void sub(Tensor out, Tensor a, Tensor b) {
    try (Scalar one = new Scalar(1L)) {
      Natives.done(out.handle(), torch.sub_out(out.handle(), a.handle(), b.handle(), one));
    }
  }

  /** {@code out = x * sigmoid(x)}. */
  public static void silu(Tensor out, Tensor x) {
    Natives.done(out.handle(), torch.silu_out(out.handle(), x.handle()));
  }

  /** {@code out = grad * d silu(x) / d x}. */
  public static void siluBackward(Tensor out, Tensor grad, Tensor x) {
    Natives.done(out.handle(), torch.silu_backward_out(out.handle(), grad.handle(), x.handle()));
  }

  /** Softmax over the last dimension; {@code out} may be {@code x} itself. */
  public static void softmax(Tensor out, Tensor x) {
    Natives.done(out.handle(), torch.softmax_out(out.handle(), x.handle(), x.rank() - 1L, NO_TYPE));
  }

  /**
   * {@code out = softmax(q k^T + mask) v} for stacks of heads, without keeping the probabilities.
   *
   * @param q {@code [batch, heads, queries, size]}, already scaled
   * @param k {@code [batch, heads, keys, size]}
   * @param v {@code [batch, heads, keys, size]}
   * @param mask added to the products, {@code [batch, 1, 1, keys]}, or null
   */
  public static void attention(Tensor out, Tensor q, Tensor k, Tensor v, @Nullable Tensor mask) {
    try (TensorOptional hidden =
            mask == null ? new TensorOptional() : new TensorOptional(mask.handle());
        DoubleOptional scale = new DoubleOptional(1.0);
        org.bytedeco.pytorch.Tensor result =
            torch.scaled_dot_product_attention(
                q.handle(), k.handle(), v.handle(), hidden, 0.0, false, scale, false)) {
      Natives.done(out.handle(), out.handle().copy_(result));
    }
  }

  /** {@code out[i] = source[index[i]]} for rows. */
  public static void rows(Tensor out, Tensor source, Tensor index) {
    Natives.done(
        out.handle(), torch.index_select_out(out.handle(), source.handle(), 0, index.handle()));
  }

  /** {@code out[i, 0] = sum over the last dimension of x}. */
  public static void rowSum(Tensor out, Tensor x) {
    Natives.done(
        out.handle(),
        torch.sum_out(out.handle(), x.handle(), new long[] {x.rank() - 1L}, true, NO_TYPE));
  }

  /** {@code out = sum over rows of x}: {@code [n]} from {@code [m, n]}. */
  public static void columnSum(Tensor out, Tensor x) {
    Natives.done(
        out.handle(), torch.sum_out(out.handle(), x.handle(), new long[] {0L}, false, NO_TYPE));
  }

  /** {@code out[i, 0] = } the Euclidean norm over the last dimension of x. */
  public static void rowNorm(Tensor out, Tensor x) {
    try (Scalar two = new Scalar(2.0)) {
      Natives.done(
          out.handle(),
          torch.linalg_vector_norm_out(
              out.handle(), x.handle(), two, new long[] {x.rank() - 1L}, true, NO_TYPE));
    }
  }

  /** {@code out[i, 0] = max over the last dimension of x}. */
  public static void rowMax(Tensor out, Tensor x) {
    Natives.done(
        out.handle(), torch.amax_out(out.handle(), x.handle(), new long[] {x.rank() - 1L}, true));
  }

  /** Reads {@code x[rows[i], columns[i]]} from a matrix. */
  public static float[] pick(Tensor x, Tensor flatIndex) {
    try (org.bytedeco.pytorch.Tensor flat = x.handle().view(-1L);
        org.bytedeco.pytorch.Tensor picked = flat.index_select(0, flatIndex.handle())) {
      float[] values = new float[(int) flatIndex.count()];
      if (values.length > 0) {
        Natives.floats(picked).get(values, 0, values.length);
      }
      return values;
    }
  }

  /** Adds {@code values[i]} at flat position {@code flatIndex[i]} of x. Positions may repeat. */
  public static void addAt(Tensor x, Tensor flatIndex, Tensor values) {
    try (org.bytedeco.pytorch.Tensor flat = x.handle().view(-1L)) {
      Natives.done(flat, flat.index_add_(0, flatIndex.handle(), values.handle()));
    }
  }
}
