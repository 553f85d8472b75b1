/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static dev.dpo4j.tensor.TorchHandle.unwrap;

import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * TorchScript functions of the bundled engine, compiled once.
 *
 * <p>They reach what has no binding of its own, such as the fused AdamW kernel, and join operations
 * on few numbers, which cost less than the calls that start them. Joined operations are those that
 * {@link Ops} would do one by one, in the same order: the results are equal to the last bit.
 */
final class TorchScripts implements Backend.Joined, AutoCloseable {
  // Lists are made by a script function: appending to a native list from Java is not safe.
  private static final String SCRIPT =
      """
      def one(x: Tensor) -> List[Tensor]:
          return [x]

      def none() -> List[Tensor]:
          empty: List[Tensor] = []
          return empty

      def adamw(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor],
                x: List[Tensor], t: List[Tensor], lr: float, b1: float, b2: float,
                wd: float, eps: float) -> Tensor:
          torch._fused_adamw_(p, g, m, v, x, t, lr=lr, beta1=b1, beta2=b2, weight_decay=wd,
                              eps=eps, amsgrad=False, maximize=False)
          return p[0]

      def rms_norm(out: Tensor, inverse: Tensor, x: Tensor, w: Tensor, eps: float) -> Tensor:
          torch.linalg_vector_norm(x, 2.0, [-1], True, out=inverse)
          inverse.mul_(inverse).mul_(1.0 / x.size(-1)).add_(eps).rsqrt_()
          torch.mul(x, inverse, out=out)
          return out.mul_(w)

      def rotate(out: Tensor, x: Tensor, cos: Tensor, sin: Tensor, half: int, rest: float):
          size = x.size(2)
          if size > 2 * half:
              to = out.narrow(2, 2 * half, size - 2 * half)
              to.copy_(x.narrow(2, 2 * half, size - 2 * half))
              if rest != 1.0:
                  to.mul_(rest)
          if half > 0:
              c = cos.view(-1, 1, half)
              s = sin.view(-1, 1, half)
              x1 = x.narrow(2, 0, half)
              x2 = x.narrow(2, half, half)
              out1 = out.narrow(2, 0, half)
              out2 = out.narrow(2, half, half)
              torch.mul(x1, c, out=out1)
              out1.addcmul_(x2, s, value=-1.0)
              torch.mul(x2, c, out=out2)
              out2.addcmul_(x1, s, value=1.0)

      def rotate_and_keep(q: Tensor, qkv: Tensor, keys: Tensor, values: Tensor, places: Tensor,
                          q_cos: Tensor, q_sin: Tensor, k_cos: Tensor, k_sin: Tensor,
                          half: int, rest: float, kv_heads: int) -> Tensor:
          size = keys.size(2)
          x = qkv.view(qkv.size(0), -1, size)
          heads = x.size(1) - 2 * kv_heads
          rotate(q.view(-1, heads, size), x.narrow(1, 0, heads), q_cos, q_sin, half, rest)
          k = torch.empty([x.size(0), kv_heads, size])
          rotate(k, x.narrow(1, heads, kv_heads), k_cos, k_sin, half, 1.0)
          v = x.narrow(1, heads + kv_heads, kv_heads)
          keys.view(-1, size).index_copy_(0, places, k.view(-1, size))
          values.view(-1, size).index_copy_(0, places, v.reshape(-1, size))
          return q

      def attend(out: Tensor, q: Tensor, keys: Tensor, values: Tensor, mask: Optional[Tensor],
                 first: int, count: int, length: int, kv_heads: int) -> Tensor:
          size = keys.size(2)
          k = keys.narrow(0, first * kv_heads, count * kv_heads).narrow(1, 0, length)
          v = values.narrow(0, first * kv_heads, count * kv_heads).narrow(1, 0, length)
          some = q.view(-1, kv_heads, out.size(1) // (kv_heads * size), size)
          found = torch.scaled_dot_product_attention(
              some.narrow(0, first, count), k.view(count, kv_heads, length, size),
              v.view(count, kv_heads, length, size), mask, 0.0, False, scale=1.0)
          out.narrow(0, first, count).view(count, kv_heads, -1, size).copy_(found)
          return out
      """;

  private final CompilationUnit unit;
  private final Function one;
  private final Function adamW;
  private final Function rmsNorm;
  private final Function rotateAndKeep;
  private final Function attend;
  private final IValue empty;

  /** Compiles the script. */
  TorchScripts() {
    Engine.ensureStarted();
    unit = torch.compile(SCRIPT);
    one = function("one");
    adamW = function("adamw");
    rmsNorm = function("rms_norm");
    rotateAndKeep = function("rotate_and_keep");
    attend = function("attend");
    try (IValueVector arguments = new IValueVector()) {
      empty = function("none").apply(arguments);
    }
  }

  private Function function(String name) {
    try (QualifiedName qualified = new QualifiedName(name)) {
      return unit.get_function(qualified);
    }
  }

  /** See {@link Ops#adamW}. */
  void adamW(
      org.bytedeco.pytorch.Tensor weights,
      org.bytedeco.pytorch.Tensor grads,
      org.bytedeco.pytorch.Tensor firstMoment,
      org.bytedeco.pytorch.Tensor secondMoment,
      AdamWStep constants) {
    try (org.bytedeco.pytorch.Tensor count = stepTensor(constants.number());
        IValue p = list(weights);
        IValue g = list(grads);
        IValue m = list(firstMoment);
        IValue v = list(secondMoment);
        IValue t = list(count);
        IValue lrValue = new IValue(constants.learningRate());
        IValue b1 = new IValue(constants.beta1());
        IValue b2 = new IValue(constants.beta2());
        IValue wd = new IValue(constants.weightDecay());
        IValue eps = new IValue(constants.epsilon());
        IValueVector arguments = new IValueVector(p, g, m, v, empty, t, lrValue, b1, b2, wd, eps)) {
      adamW.apply(arguments).close();
    }
  }

  private static org.bytedeco.pytorch.Tensor stepTensor(long stepNumber) {
    org.bytedeco.pytorch.Tensor tensor = Natives.empty(DType.FLOAT32, 1);
    Natives.floats(tensor).put(0, (float) stepNumber);
    return tensor;
  }

  private IValue list(org.bytedeco.pytorch.Tensor tensor) {
    try (IValue value = new IValue(tensor);
        IValueVector arguments = new IValueVector(value)) {
      return one.apply(arguments);
    }
  }

  private static IValue value(Tensor tensor) {
    return new IValue(unwrap(tensor.handle()));
  }

  @Override
  public void rmsNorm(Tensor out, Tensor inverse, Tensor x, Tensor w, double epsilon) {
    try (IValue to = value(out);
        IValue norms = value(inverse);
        IValue from = value(x);
        IValue weight = value(w);
        IValue eps = new IValue(epsilon);
        IValueVector arguments = new IValueVector(to, norms, from, weight, eps)) {
      rmsNorm.apply(arguments).close();
    }
  }

  @Override
  public void rotateAndKeep(
      Tensor q,
      Tensor qkv,
      Backend.Kept kept,
      Tensor places,
      Backend.Angles queries,
      Backend.Angles keys) {
    try (IValue to = value(q);
        IValue from = value(qkv);
        IValue allKeys = value(kept.keys());
        IValue allValues = value(kept.values());
        IValue at = value(places);
        IValue queryCos = value(queries.cos());
        IValue querySin = value(queries.sin());
        IValue keyCos = value(keys.cos());
        IValue keySin = value(keys.sin());
        IValue half = new IValue(queries.half());
        IValue rest = new IValue(queries.rest());
        IValue heads = new IValue((long) kept.kvHeads());
        IValueVector arguments =
            new IValueVector(
                to, from, allKeys, allValues, at, queryCos, querySin, keyCos, keySin, half, rest,
                heads)) {
      rotateAndKeep.apply(arguments).close();
    }
  }

  @Override
  public void attend(
      Tensor out,
      Tensor q,
      Backend.Kept kept,
      @Nullable Tensor mask,
      int first,
      int count,
      int length) {
    boolean restore = TorchBackend.multiplyHeadsByBlas();
    try (IValue to = value(out);
        IValue queries = value(q);
        IValue keys = value(kept.keys());
        IValue values = value(kept.values());
        IValue hidden = mask == null ? new IValue() : value(mask);
        IValue from = new IValue((long) first);
        IValue many = new IValue((long) count);
        IValue tokens = new IValue((long) length);
        IValue heads = new IValue((long) kept.kvHeads());
        IValueVector arguments =
            new IValueVector(to, queries, keys, values, hidden, from, many, tokens, heads)) {
      attend.apply(arguments).close();
    } finally {
      TorchBackend.multiplyByOneDnn(restore);
    }
  }

  @Override
  public void close() {
    empty.close();
    unit.close();
  }
}
