/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import dev.dpo4j.tensor.Backend.Binary;
import dev.dpo4j.tensor.Backend.Reduction;
import dev.dpo4j.tensor.Backend.Unary;
import org.jspecify.annotations.Nullable;

/**
 * Operations that write their result into memory that exists already.
 *
 * <p>The first argument is always the target. Nothing is allocated, so a pass over a model touches
 * the same pages again and again; a fresh page costs more than the arithmetic done on it.
 */
public final class Ops {
  /** Bits of a float32 mantissa. */
  private static final int MANTISSA = 23;

  private Ops() {}

  private static void unary(Unary op, Tensor out, Tensor x) {
    out.backend().unary(op, out.handle(), x.handle(), 0);
  }

  private static void binary(Binary op, Tensor out, Tensor a, Tensor b) {
    out.backend().binary(op, out.handle(), a.handle(), b.handle(), 1);
  }

  private static void reduce(Reduction op, Tensor out, Tensor x, int dim) {
    out.backend().reduce(op, out.handle(), x.handle(), dim);
  }

  /** {@code out = a * b} for matrices {@code [m, k]} and {@code [k, n]}. */
  public static void mm(Tensor out, Tensor a, Tensor b) {
    out.backend().mm(out.handle(), a.handle(), b.handle(), false);
  }

  /** {@code out = bias + a * b}; {@code bias} is broadcast over rows or is a full matrix. */
  public static void addmm(Tensor out, Tensor bias, Tensor a, Tensor b) {
    out.backend().addmm(out.handle(), bias.handle(), a.handle(), b.handle());
  }

  /** {@code out += a * b}. */
  public static void addmm_(Tensor out, Tensor a, Tensor b) {
    out.backend().mm(out.handle(), a.handle(), b.handle(), true);
  }

  /** {@code out[i] = a[i] * b[i]} for stacks of matrices. */
  public static void bmm(Tensor out, Tensor a, Tensor b) {
    out.backend().bmm(out.handle(), a.handle(), b.handle(), false);
  }

  /** {@code out[i] += a[i] * b[i]} for stacks of matrices. */
  public static void baddbmm_(Tensor out, Tensor a, Tensor b) {
    out.backend().bmm(out.handle(), a.handle(), b.handle(), true);
  }

  /** {@code out = a * b}, element by element, broadcast as needed. */
  public static void mul(Tensor out, Tensor a, Tensor b) {
    binary(Binary.MULTIPLY, out, a, b);
  }

  /** {@code out = |x|}. */
  public static void abs(Tensor out, Tensor x) {
    unary(Unary.ABS, out, x);
  }

  /** {@code out = exp(x)}; {@code out} may be {@code x} itself. */
  public static void exp(Tensor out, Tensor x) {
    unary(Unary.EXP, out, x);
  }

  /** {@code out = a - b}, element by element, broadcast as needed. */
  public static void sub(Tensor out, Tensor a, Tensor b) {
    binary(Binary.SUBTRACT, out, a, b);
  }

  /** {@code out = x * sigmoid(x)}. */
  public static void silu(Tensor out, Tensor x) {
    unary(Unary.SILU, out, x);
  }

  /** {@code out = grad * d silu(x) / d x}. */
  public static void siluBackward(Tensor out, Tensor grad, Tensor x) {
    binary(Binary.SILU_BACKWARD, out, grad, x);
  }

  /** {@code out = gelu(x)}, approximated by tanh (arXiv 1606.08415, section 2). */
  public static void geluTanh(Tensor out, Tensor x) {
    unary(Unary.GELU_TANH, out, x);
  }

  /** {@code out = grad * d gelu(x) / d x} of {@link #geluTanh}. */
  public static void geluTanhBackward(Tensor out, Tensor grad, Tensor x) {
    binary(Binary.GELU_TANH_BACKWARD, out, grad, x);
  }

  /** Softmax over the last dimension; {@code out} may be {@code x} itself. */
  public static void softmax(Tensor out, Tensor x) {
    out.backend().softmax(out.handle(), x.handle());
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
    TensorHandle hidden = mask == null ? null : mask.handle();
    out.backend().attention(out.handle(), q.handle(), k.handle(), v.handle(), hidden);
  }

  /**
   * Operations that are done in one call where {@code x} lies, or null where they are put together
   * from those of this class.
   */
  public static Backend.@Nullable Joined joined(Tensor x) {
    return x.backend().joined();
  }

  /** See {@link Backend#unrecorded}, of the device where {@code x} lies. */
  public static Scope.Suspended unrecorded(Tensor x) {
    return x.backend().unrecorded();
  }

  /** {@code out[i] = source[index[i]]} for rows. */
  public static void rows(Tensor out, Tensor source, Tensor index) {
    out.backend().gatherRows(out.handle(), source.handle(), index.handle());
  }

  /** {@code out[i, 0] = sum over the last dimension of x}. */
  public static void rowSum(Tensor out, Tensor x) {
    reduce(Reduction.SUM, out, x, x.rank() - 1);
  }

  /** {@code out = sum over rows of x}: {@code [n]} from {@code [m, n]}. */
  public static void columnSum(Tensor out, Tensor x) {
    reduce(Reduction.SUM, out, x, 0);
  }

  /** {@code out[i, 0] = } the Euclidean norm over the last dimension of x. */
  public static void rowNorm(Tensor out, Tensor x) {
    reduce(Reduction.NORM, out, x, x.rank() - 1);
  }

  /** {@code out[i, 0] = max over the last dimension of x}. */
  public static void rowMax(Tensor out, Tensor x) {
    reduce(Reduction.MAX, out, x, x.rank() - 1);
  }

  /** Reads {@code x} at flat positions. */
  public static float[] pick(Tensor x, Tensor flatIndex) {
    try (Tensor picked = Tensor.empty(DType.FLOAT32, flatIndex.count())) {
      if (flatIndex.count() > 0) {
        pick(picked, x, flatIndex);
      }
      return picked.toFloats();
    }
  }

  /** {@code out[i] = x[flatIndex[i]]}; {@code out} is float32. */
  public static void pick(Tensor out, Tensor x, Tensor flatIndex) {
    x.backend().pick(out.handle(), x.handle(), flatIndex.handle());
  }

  /**
   * Adds {@code values[i]} at flat position {@code flatIndex[i]} of x. Positions may repeat; equal
   * ones must be neighbours.
   */
  public static void addAt(Tensor x, Tensor flatIndex, Tensor values) {
    x.backend().addAt(x.handle(), flatIndex.handle(), values.handle());
  }

  /**
   * Takes one step of AdamW.
   *
   * @param weights changed in place, float32
   * @param grads gradients of the same shape
   * @param firstMoment changed in place
   * @param secondMoment changed in place
   */
  public static void adamW(
      Tensor weights, Tensor grads, Tensor firstMoment, Tensor secondMoment, AdamWStep step) {
    weights
        .backend()
        .adamW(weights.handle(), grads.handle(), firstMoment.handle(), secondMoment.handle(), step);
  }

  /**
   * Takes uninitialised memory of the host that a device with memory of its own reaches; elsewhere
   * it is like any other. Every operation takes such a tensor, but slowly.
   */
  public static Tensor emptyOnHost(DType dtype, long... shape) {
    Backend backend = Backends.current();
    return new Tensor(backend, backend.emptyOnHost(dtype, shape));
  }

  /**
   * Begins a copy between the device and memory of the host that runs beside what is computed. It
   * comes after all operations before it. Operations after it may overtake it: none may read {@code
   * out}, or write to either tensor, before {@link #await} was called.
   *
   * @param out contiguous, of the type and size of {@code x}; one of the two is of {@link
   *     #emptyOnHost}
   * @return the copy's number for {@link #await}
   */
  public static long copyAside(Tensor out, Tensor x) {
    return out.backend().copyAside(out.handle(), x.handle());
  }

  /** Lets the operations from now on come after that copy of {@link #copyAside}. */
  public static void await(long copy) {
    Backends.current().await(copy);
  }

  /**
   * Rounds to {@code bits} bits of mantissa, up or down as {@code dither} says.
   *
   * <p>A number whose dropped bits are the share {@code s} of a unit is rounded away from zero when
   * {@code s + dither >= 1}. With a dither that is spread evenly over the steps of a run, sums of
   * many small changes come out right on average, where rounding to nearest would drop each of
   * them.
   *
   * @param values contiguous float32, changed in place
   * @param bits bits of mantissa that stay, 0 to 23
   * @param dither in [0, 1)
   */
  public static void roundMantissa(Tensor values, int bits, double dither) {
    int dropped = MANTISSA - bits;
    int add = (int) (dither * (1L << dropped));
    int mask = -(1 << dropped);
    values.backend().roundMantissa(values.handle(), add, mask);
  }

  /**
   * Writes values as 8-bit floats with 4 bits of exponent and 3 of mantissa, rounded to nearest.
   *
   * <p>Source: "FP8 Formats for Deep Learning", arXiv 2209.05433, the type E4M3. The largest value
   * is 448 and the smallest above zero 2^-9; larger ones become not-a-number.
   *
   * @param codes receives one byte a value, uint8
   */
  public static void encode8(Tensor codes, Tensor values) {
    codes.backend().encode8(codes.handle(), values.handle());
  }

  /** Reads what {@link #encode8} wrote. */
  public static void decode8(Tensor values, Tensor codes) {
    values.backend().decode8(values.handle(), codes.handle());
  }
}
