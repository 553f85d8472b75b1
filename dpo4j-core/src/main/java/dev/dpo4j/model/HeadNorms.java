/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Inputs of the norms of queries and keys and the inverses that they left.
 *
 * @param q queries before their norm, {@code [rows, heads, size]}
 * @param k keys before their norm, {@code [rows, kv heads, size]}
 * @param qInverse 1 / rms of each query, {@code [rows, heads, 1]}
 * @param kInverse 1 / rms of each key, {@code [rows, kv heads, 1]}
 */
record HeadNorms(Tensor q, Tensor k, Tensor qInverse, Tensor kInverse) {

  /** Takes the memory, or returns null where the architecture has no such norms. */
  static @Nullable HeadNorms take(ModelConfig config, long rows, DType type, Arena arena) {
    if (!config.qkNorm()) {
      return null;
    }
    long kv = config.kvHeads();
    return new HeadNorms(
        arena.take(type, rows, config.heads(), config.headDim()),
        arena.take(type, rows, kv, config.headDim()),
        arena.take(rows, config.heads(), 1),
        arena.take(rows, kv, 1));
  }

  /** Keeps queries and keys, and normalises them into {@code qOut} and {@code kOut}. */
  void forward(RmsNorm norm, Tensor qOut, Tensor kOut, Tensor qIn, Tensor kIn, LayerWeights w) {
    q.copy_(qIn);
    k.copy_(kIn);
    norm.forward(qOut, qInverse, q, weight(w.qNorm()));
    norm.forward(kOut, kInverse, k, weight(w.kNorm()));
  }

  /** Propagates gradients; {@code dqIn} and {@code dkIn} are assigned, the others are scratch. */
  void backward(
      Tensor dqIn, Tensor dkIn, Tensor dqOut, Tensor dkOut, DecoderLayer.Parts parts, Arena arena) {
    LayerWeights g = parts.g();
    Tensor dqNorm = g == null ? null : g.qNorm();
    Tensor dkNorm = g == null ? null : g.kNorm();
    Tensor wq = weight(parts.w().qNorm());
    Tensor wk = weight(parts.w().kNorm());
    RmsNorm.backward(dqIn.zero_(), dqNorm, dqOut, q, qInverse, wq, arena);
    RmsNorm.backward(dkIn.zero_(), dkNorm, dkOut, k, kInverse, wk, arena);
  }

  private static Tensor weight(@Nullable Tensor w) {
    if (w == null) {
      throw new IllegalStateException("the layer has no norms of queries and keys");
    }
    return w;
  }
}
