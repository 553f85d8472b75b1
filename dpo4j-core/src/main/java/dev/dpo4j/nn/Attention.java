/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention over the rows of a batch with shared prefixes.
 *
 * <p>Query heads that share a key head are folded into the rows of one product instead of repeating
 * the keys: queries are {@code [kv heads, rows * group, size]}, keys and values {@code [kv heads,
 * rows, size]}. Queries come already scaled by 1/sqrt(size). Probabilities are not kept: the
 * backward pass computes them again block by block, as flash attention does (arXiv 2205.14135).
 */
public final class Attention {
  private final int kvHeads;
  private final int group;
  private final int size;
  private final double cap;

  /** Makes the attention of heads of {@code size} coordinates. */
  public Attention(int heads, int kvHeads, int size) {
    this(heads, kvHeads, size, 0);
  }

  /**
   * Makes an attention whose scores are bounded.
   *
   * @param cap the bound, {@code cap * tanh(score / cap)}; 0 for none
   */
  public Attention(int heads, int kvHeads, int size, double cap) {
    this.cap = cap;
    this.kvHeads = kvHeads;
    this.group = heads / kvHeads;
    this.size = size;
  }

  /** Computes {@code out[rows, heads * size]}. */
  public void forward(Tensor out, Tensor q, Tensor k, Tensor v, AttentionPlan plan, Arena arena) {
    for (AttentionPlan.Block block : plan.blocks()) {
      Arena.Mark mark = arena.mark();
      try (Scope scope = Scope.open()) {
        Tensor p = probabilities(block, q, k, plan, null, arena);
        Tensor o = arena.take(kvHeads, (long) block.rows() * group, size);
        int column = 0;
        for (AttentionPlan.Range range : block.keys()) {
          Tensor part = p.narrow(2, column, range.length());
          Tensor values = v.narrow(1, range.start(), range.length());
          if (column == 0) {
            Ops.bmm(o, part, values);
          } else {
            Ops.baddbmm_(o, part, values);
          }
          column += range.length();
        }
        rowsOf(out, block).copy_(o.view(kvHeads, block.rows(), group, size));
      } finally {
        arena.release(mark);
      }
    }
  }

  /**
   * Computes the outputs of one query row of each of several sequences, each of which sees keys of
   * its own.
   *
   * @param out {@code [sequences, heads * size]}
   * @param q {@code [kv heads, sequences * group, size]}
   * @param k keys of each sequence, the row itself included, {@code [sequences * kv heads, length,
   *     size]}
   * @param v values of the same rows
   * @param mask added to the scores of each sequence, {@code [sequences, 1, 1, length]}; null where
   *     all keys are seen
   */
  public void step(Tensor out, Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, Arena arena) {
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      long sequences = out.size(0);
      long length = k.size(1);
      Tensor queries = q;
      if (sequences > 1) {
        queries = arena.take(sequences * kvHeads, group, size);
        Tensor folded = q.view(kvHeads, sequences, group, size);
        queries.view(sequences, kvHeads, group, size).copy_(folded.transpose(0, 1));
      }
      if (cap != 0) {
        capped(
            out.view(sequences * kvHeads, group, size),
            queries.view(sequences * kvHeads, group, size),
            k,
            v,
            mask,
            arena);
        return;
      }
      Ops.attention(
          out.view(sequences, kvHeads, group, size),
          queries.view(sequences, kvHeads, group, size),
          k.view(sequences, kvHeads, length, size),
          v.view(sequences, kvHeads, length, size),
          mask);
    } finally {
      arena.release(mark);
    }
  }

  /**
   * Computes the outputs of several query rows of one sequence that sees keys of its own.
   *
   * @param out {@code [rows, heads * size]}
   * @param q {@code [kv heads, rows * group, size]}
   * @param k keys of the sequence, the rows themselves included, {@code [1, kv heads, length,
   *     size]}
   * @param v values of the same rows
   * @param mask added to the scores, {@code [1, 1, rows * group, length]}; null where all keys are
   *     seen
   */
  public void extend(Tensor out, Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, Arena arena) {
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      long rows = out.size(0);
      Tensor attended = arena.take(1, kvHeads, rows * group, size);
      if (cap == 0) {
        Ops.attention(attended, q.view(1, kvHeads, rows * group, size), k, v, mask);
      } else {
        long length = k.size(2);
        capped(
            attended.view(kvHeads, rows * group, size),
            q,
            k.view(kvHeads, length, size),
            v.view(kvHeads, length, size),
            mask,
            arena);
      }
      out.view(rows, kvHeads, group, size)
          .copy_(attended.view(kvHeads, rows, group, size).permute(1, 0, 2, 3));
    } finally {
      arena.release(mark);
    }
  }

  /**
   * Attention with bounded scores, product by product.
   *
   * @param out {@code [sequences * kv heads, rows, size]}
   * @param mask {@code [sequences, 1, rows or 1, length]}
   */
  private void capped(
      Tensor out, Tensor q, Tensor k, Tensor v, @Nullable Tensor mask, Arena arena) {
    long length = k.size(1);
    Tensor scores = arena.take(q.size(0), q.size(1), length);
    Ops.bmm(scores, q, k.transpose(1, 2));
    LogProbs.softCap(scores, cap);
    if (mask != null) {
      scores.view(q.size(0) / kvHeads, kvHeads, q.size(1), length).add_(mask);
    }
    Ops.softmax(scores, scores);
    Ops.bmm(out, scores, v);
  }

  /**
   * Propagates a gradient.
   *
   * @param dq receives the queries' gradient by assignment, in the queries' layout
   * @param dk receives the keys' gradient by addition; zeroed by the caller
   * @param dv receives the values' gradient by addition; zeroed by the caller
   * @param dout gradient of the output, {@code [rows, heads * size]}
   * @param out the output of the forward pass
   */
  public void backward(
      Tensor dq,
      Tensor dk,
      Tensor dv,
      Tensor dout,
      Tensor out,
      Tensor q,
      Tensor k,
      Tensor v,
      AttentionPlan plan,
      Arena arena) {
    for (AttentionPlan.Block block : plan.blocks()) {
      Arena.Mark mark = arena.mark();
      try (Scope scope = Scope.open()) {
        long queries = (long) block.rows() * group;
        Tensor bounded = cap == 0 ? null : arena.take(kvHeads, queries, block.keyCount());
        Tensor p = probabilities(block, q, k, plan, bounded, arena);
        Tensor doBlock = arena.take(kvHeads, queries, size);
        doBlock.view(kvHeads, block.rows(), group, size).copy_(rowsOf(dout, block));
        Tensor product = arena.take(kvHeads, queries, size);
        product.view(kvHeads, block.rows(), group, size).copy_(rowsOf(out, block));
        product.mul_(doBlock);
        Tensor rowDot = arena.take(kvHeads, queries, 1);
        Ops.rowSum(rowDot, product);

        Tensor dp = arena.take(kvHeads, queries, block.keyCount());
        int column = 0;
        for (AttentionPlan.Range range : block.keys()) {
          Tensor values = v.narrow(1, range.start(), range.length());
          Ops.bmm(dp.narrow(2, column, range.length()), doBlock, values.transpose(1, 2));
          column += range.length();
        }
        dp.sub_(rowDot).mul_(p);
        if (bounded != null) {
          LogProbs.softCapBackward(dp, bounded, cap);
        }
        gradients(block, dq, dk, dv, q, k, p, dp, doBlock);
      } finally {
        arena.release(mark);
      }
    }
  }

  private void gradients(
      AttentionPlan.Block block,
      Tensor dq,
      Tensor dk,
      Tensor dv,
      Tensor q,
      Tensor k,
      Tensor p,
      Tensor ds,
      Tensor doBlock) {
    Tensor qBlock = queries(q, block);
    Tensor dqBlock = queries(dq, block);
    int column = 0;
    for (AttentionPlan.Range range : block.keys()) {
      Tensor keys = k.narrow(1, range.start(), range.length());
      Tensor dsPart = ds.narrow(2, column, range.length());
      Tensor pPart = p.narrow(2, column, range.length());
      if (column == 0) {
        Ops.bmm(dqBlock, dsPart, keys);
      } else {
        Ops.baddbmm_(dqBlock, dsPart, keys);
      }
      Ops.baddbmm_(dk.narrow(1, range.start(), range.length()), dsPart.transpose(1, 2), qBlock);
      Ops.baddbmm_(dv.narrow(1, range.start(), range.length()), pPart.transpose(1, 2), doBlock);
      column += range.length();
    }
  }

  /** The probabilities of a block; what is bounded is kept where a backward pass asks for it. */
  private Tensor probabilities(
      AttentionPlan.Block block,
      Tensor q,
      Tensor k,
      AttentionPlan plan,
      @Nullable Tensor bounded,
      Arena arena) {
    long queries = (long) block.rows() * group;
    Tensor scores = arena.take(kvHeads, queries, block.keyCount());
    Tensor qBlock = queries(q, block);
    int column = 0;
    for (AttentionPlan.Range range : block.keys()) {
      Tensor keys = k.narrow(1, range.start(), range.length());
      Ops.bmm(scores.narrow(2, column, range.length()), qBlock, keys.transpose(1, 2));
      column += range.length();
    }
    LogProbs.softCap(scores, cap);
    if (bounded != null) {
      bounded.copy_(scores);
    }
    Tensor mask = block.mask();
    if (mask != null) {
      scores.add_(mask);
    } else {
      Tensor triangle = plan.triangle().narrow(0, 0, queries).narrow(1, 0, block.rows());
      scores.narrow(2, (long) block.keyCount() - block.rows(), block.rows()).add_(triangle);
    }
    Ops.softmax(scores, scores);
    return scores;
  }

  private Tensor queries(Tensor q, AttentionPlan.Block block) {
    return q.narrow(1, (long) block.row() * group, (long) block.rows() * group);
  }

  /** The rows of a block in a {@code [rows, heads * size]} matrix, in the folded layout. */
  private Tensor rowsOf(Tensor matrix, AttentionPlan.Block block) {
    return matrix
        .narrow(0, block.row(), block.rows())
        .view(block.rows(), kvHeads, group, size)
        .permute(1, 0, 2, 3);
  }
}
