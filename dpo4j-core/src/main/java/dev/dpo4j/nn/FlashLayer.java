/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.AttentionSpans;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;

/**
 * Causal attention by a device's own kernels, over rotated queries, keys and values that lie side
 * by side in one matrix {@code [rows, (heads + 2 kv heads) * size]}.
 */
public final class FlashLayer {
  private final int heads;
  private final int kvHeads;
  private final int size;
  private final int window;
  private final double scale;

  /**
   * Makes the attention of heads of {@code size} coordinates.
   *
   * @param window positions that are seen; 0 for all
   * @param scale what products of queries and keys are multiplied by
   */
  public FlashLayer(int heads, int kvHeads, int size, int window, double scale) {
    this.heads = heads;
    this.kvHeads = kvHeads;
    this.size = size;
    this.window = window;
    this.scale = scale;
  }

  private AttentionSpans spans(FlashPlan plan) {
    return plan.spans(scale, window);
  }

  /** Computes {@code out[rows, heads * size]} and {@code logSumExp[heads, rows]}. */
  public void forward(Tensor out, Tensor logSumExp, Tensor qkv, FlashPlan plan, Arena arena) {
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor kv = keysAndValues(qkv, plan, arena);
      Fused.attention(
          byHead(out, 0, heads),
          logSumExp,
          byHead(qkv, 0, heads),
          byHead(kv, 0, kvHeads),
          byHead(kv, kvHeads, kvHeads),
          spans(plan));
    } finally {
      arena.release(mark);
    }
  }

  /**
   * Propagates a gradient.
   *
   * @param dQueries receives the gradient of the rotated queries, {@code [rows, heads * size]}
   * @param dKeysAndValues receives that of keys and values, {@code [rows, 2 * kv heads * size]}
   */
  public void backward(
      Tensor dQueries,
      Tensor dKeysAndValues,
      Tensor dout,
      Tensor out,
      Tensor logSumExp,
      Tensor qkv,
      FlashPlan plan,
      Arena arena) {
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor kv = keysAndValues(qkv, plan, arena);
      long wide = 2L * kvHeads * size;
      Tensor dKeys = arena.take(qkv.dtype(), plan.keys(), kvHeads, size);
      Tensor dValues = arena.take(qkv.dtype(), plan.keys(), kvHeads, size);
      Fused.attentionBackward(
          byHead(dQueries, 0, heads),
          dKeys,
          dValues,
          byHead(dout, 0, heads),
          byHead(out, 0, heads),
          logSumExp,
          byHead(qkv, 0, heads),
          byHead(kv, 0, kvHeads),
          byHead(kv, kvHeads, kvHeads),
          spans(plan));
      Tensor flatKeys = dKeys.view(plan.keys(), wide / 2);
      Tensor flatValues = dValues.view(plan.keys(), wide / 2);
      addUp(dKeysAndValues.narrow(1, 0, wide / 2), flatKeys, plan, arena);
      addUp(dKeysAndValues.narrow(1, wide / 2, wide / 2), flatValues, plan, arena);
    } finally {
      arena.release(mark);
    }
  }

  /** Keys and values of all spans: where a prefix serves several branches, it is repeated. */
  private Tensor keysAndValues(Tensor qkv, FlashPlan plan, Arena arena) {
    long wide = 2L * kvHeads * size;
    Tensor own = qkv.narrow(1, (long) heads * size, wide);
    Tensor rows = plan.keyRows();
    if (rows == null) {
      return own;
    }
    Tensor repeated = arena.take(qkv.dtype(), plan.keys(), wide);
    Ops.rows(repeated, own, rows);
    return repeated;
  }

  /** Gives each row the sum of the gradients of the keys that it was. */
  private static void addUp(Tensor out, Tensor byKey, FlashPlan plan, Arena arena) {
    Tensor first = plan.first();
    Tensor second = plan.second();
    Tensor order = plan.order();
    Tensor starts = plan.starts();
    Tensor target = plan.target();
    if (first != null && second != null) {
      Fused.addPairsOfRows(out, byKey, first, second);
    } else if (order != null && starts != null && target != null) {
      Tensor sums = arena.take(DType.FLOAT32, out.size(0), out.size(1)).zero_();
      Fused.addRowsByToken(sums, byKey, order, starts, target);
      out.copy_(sums);
    } else {
      out.copy_(byKey);
    }
  }

  private Tensor byHead(Tensor matrix, long firstHead, long count) {
    return matrix.view(matrix.size(0), -1, size).narrow(1, firstHead, count);
  }
}
