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
  private final int[] lengths;
  private final int group;
  private final double scale;
  private final Map<Rotation, Rope> queryRopes = new HashMap<>();
  private final Map<Rotation, Rope> keyRopes = new HashMap<>();
  private final Tensor tokenIds;
  private final Tensor scoredRows;
  private final Map<Integer, AttentionPlan> attention = new HashMap<>();
  private @Nullable FlashPlan flash;
  private Routing.@Nullable Load load;
  private @Nullable EmbeddingRows tokenRows;

  /**
   * Makes the plan of a batch.
   *
   * @param lengths tokens of the longest sequence, or of each row's; rotations may depend on them
   * @param group query heads per key head
   * @param scale what products of queries and keys are multiplied by
   */
  public BatchPlan(FlatBatch batch, int[] lengths, int group, double scale) {
    this.batch = batch;
    this.lengths = lengths.clone();
    this.group = group;
    this.scale = scale;
    tokenIds = Tensor.ofInts(batch.tokenIds(), batch.rows());
    scoredRows = Tensor.ofInts(batch.scoredRows(), batch.scoredRows().length);
  }

  /** The batch. */
  public FlatBatch batch() {
    return batch;
  }

  /** Rotates and scales queries. */
  public Rope queryRope(Rotation rotation) {
    return rope(queryRopes, rotation, scale);
  }

  /** Rotates keys. */
  public Rope keyRope(Rotation rotation) {
    return rope(keyRopes, rotation, 1);
  }

  private Rope rope(Map<Rotation, Rope> known, Rotation rotation, double factor) {
    Rope rope = known.get(rotation);
    if (rope == null) {
      // Tables outlive the scope of the layer that asks first.
      try (Scope.Suspended outside = Scope.suspend()) {
        rope = Rope.of(batch.positions(), lengths, rotation, factor);
      }
      known.put(rotation, rope);
    }
    return rope;
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

  /** Has the pass count how evenly experts are used, which only training asks for. */
  public Routing.Load countLoad() {
    Routing.Load counted = new Routing.Load(batch);
    load = counted;
    return counted;
  }

  /** How evenly experts are used; null where nobody asks. */
  public Routing.@Nullable Load load() {
    return load;
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
    queryRopes.values().forEach(Rope::close);
    keyRopes.values().forEach(Rope::close);
    tokenIds.close();
    scoredRows.close();
    attention.values().forEach(AttentionPlan::close);
  }
}
