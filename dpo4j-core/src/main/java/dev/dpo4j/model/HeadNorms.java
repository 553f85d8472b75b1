/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Inputs of the norms of queries and keys and the inverses that they left.
 *
 * @param whole whether a norm is over all heads together
 * @param q queries before their norm, {@code [rows, heads, size]}
 * @param k keys before their norm, {@code [rows, kv heads, size]}
 * @param qInverse 1 / rms of each query, {@code [rows, heads, 1]}; {@code [rows, 1, 1]} over all
 * @param kInverse 1 / rms of each key, {@code [rows, kv heads, 1]}; {@code [rows, 1, 1]} over all
 */
record HeadNorms(boolean whole, Tensor q, Tensor k, Tensor qInverse, Tensor kInverse) {

  /** Takes the memory, or returns null where the architecture has no such norms. */
  static @Nullable HeadNorms take(ModelConfig config, long rows, DType type, Arena arena) {
    if (!config.qkNorm()) {
      return null;
    }
    long kv = config.kvHeads();
    boolean whole = config.style().qkNorm() == QkNorm.ALL_HEADS;
    return new HeadNorms(
        whole,
        arena.take(type, rows, config.heads(), config.headDim()),
        arena.take(type, rows, kv, config.headDim()),
        arena.take(rows, whole ? 1 : config.heads(), 1),
        arena.take(rows, whole ? 1 : kv, 1));
  }

  /** Keeps what is to be normalised. */
  void keep(Tensor qIn, Tensor kIn) {
    q.copy_(qIn);
    k.copy_(kIn);
  }

  /** Normalises heads where they lie, which may be a part of each row. */
  void inPlace(RmsNorm norm, Tensor qHeads, Tensor kHeads, LayerWeights w) {
    if (Fused.has(qHeads)) {
      norm.forward(flat(qHeads), qInverse, flat(qHeads), weight(w.qNorm()));
      norm.forward(flat(kHeads), kInverse, flat(kHeads), weight(w.kNorm()));
      return;
    }
    keep(qHeads, kHeads);
    forward(norm, qHeads, kHeads, w);
  }

  /** Normalises what is kept. */
  void forward(RmsNorm norm, Tensor qOut, Tensor kOut, LayerWeights w) {
    norm.forward(flat(qOut), qInverse, flat(q), weight(w.qNorm()));
    norm.forward(flat(kOut), kInverse, flat(k), weight(w.kNorm()));
  }

  /** Propagates gradients; {@code dqIn} and {@code dkIn} are assigned, the others are scratch. */
  void backward(
      RmsNorm norm,
      Tensor dqIn,
      Tensor dkIn,
      Tensor dqOut,
      Tensor dkOut,
      DecoderLayer.Parts parts,
      Arena arena) {
    LayerWeights g = parts.g();
    Tensor dqNorm = g == null ? null : g.qNorm();
    Tensor dkNorm = g == null ? null : g.kNorm();
    Tensor wq = weight(parts.w().qNorm());
    Tensor wk = weight(parts.w().kNorm());
    norm.backward(flat(dqIn.zero_()), dqNorm, flat(dqOut), flat(q), qInverse, wq, arena);
    norm.backward(flat(dkIn.zero_()), dkNorm, flat(dkOut), flat(k), kInverse, wk, arena);
  }

  private Tensor flat(Tensor heads) {
    return whole ? heads.view(heads.size(0), 1, heads.size(1) * heads.size(2)) : heads;
  }

  private static Tensor weight(@Nullable Tensor w) {
    if (w == null) {
      throw new IllegalStateException("the layer has no norms of queries and keys");
    }
    return w;
  }
}
