/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What all layers need to know of a batch: rotary tables, attention plans and row indices. */
public final class BatchPlan implements AutoCloseable {
  private final FlatBatch batch;
  private final int group;
  private final Rope queryRope;
  private final Rope keyRope;
  private final Tensor tokenIds;
  private final Tensor scoredRows;
  private final Map<Integer, AttentionPlan> attention = new HashMap<>();
  private @Nullable FlashPlan flash;
  private @Nullable EmbeddingRows tokenRows;

  /**
   * Makes the plan of a batch.
   *
   * @param inverseFrequencies radians per position of each pair of a head's coordinates
   * @param ropeFactor what multiplies rotated queries and keys (yarn's attention factor, else 1)
   * @param group query heads per key head
   * @param headDim size of a head; queries are scaled by one over its root
   */
  public BatchPlan(
      FlatBatch batch, double[] inverseFrequencies, double ropeFactor, int group, int headDim) {
    this.batch = batch;
    this.group = group;
    int[] positions = batch.positions();
    queryRope = Rope.of(positions, inverseFrequencies, ropeFactor / Math.sqrt(headDim));
    keyRope = Rope.of(positions, inverseFrequencies, ropeFactor);
    tokenIds = Tensor.ofInts(batch.tokenIds(), batch.rows());
    scoredRows = Tensor.ofInts(batch.scoredRows(), batch.scoredRows().length);
  }

  /** The batch. */
  public FlatBatch batch() {
    return batch;
  }

  /** Rotates and scales queries. */
  public Rope queryRope() {
    return queryRope;
  }

  /** Rotates keys. */
  public Rope keyRope() {
    return keyRope;
  }

  /** Input tokens, {@code [rows]}, int64. */
  public Tensor tokenIds() {
    return tokenIds;
  }

  /** Rows that go through the head, {@code [scored rows]}, int64. */
  public Tensor scoredRows() {
    return scoredRows;
  }

  /** The plan for layers that see {@code window} tokens, 0 for all. */
  public AttentionPlan attention(int window) {
    AttentionPlan plan = attention.get(window);
    if (plan == null) {
      // Plans outlive the scope of the layer that asks first.
      try (Scope.Suspended outside = Scope.suspend()) {
        plan = AttentionPlan.of(batch, group, window);
      }
      attention.put(window, plan);
    }
    return plan;
  }

  /** The plan for attention by a device's own kernels. */
  public FlashPlan flash() {
    FlashPlan plan = flash;
    if (plan == null) {
      try (Scope.Suspended outside = Scope.suspend()) {
        plan = new FlashPlan(batch);
      }
      flash = plan;
    }
    return plan;
  }

  /** The rows of each input token. */
  public EmbeddingRows tokenRows() {
    EmbeddingRows rows = tokenRows;
    if (rows == null) {
      try (Scope.Suspended outside = Scope.suspend()) {
        rows = EmbeddingRows.of(batch.tokenIds());
      }
      tokenRows = rows;
    }
    return rows;
  }

  @Override
  public void close() {
    if (flash != null) {
      flash.close();
    }
    if (tokenRows != null) {
      tokenRows.close();
    }
    queryRope.close();
    keyRope.close();
    tokenIds.close();
    scoredRows.close();
    attention.values().forEach(AttentionPlan::close);
  }
}
