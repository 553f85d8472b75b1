/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.FlashLayer;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Attention by a device's own kernels: heads are rotated where the projection left them. */
final class FlashCore implements AttentionCore {
  private final ModelConfig config;
  private final RmsNorm norm;
  private final FlashLayer attention;
  private final DType type;

  FlashCore(ModelConfig config, int window, Gemm gemm) {
    this.config = config;
    this.norm = new RmsNorm(config.rmsNormEps());
    this.attention = new FlashLayer(config.heads(), config.kvHeads(), config.headDim(), window);
    this.type = gemm.activations();
  }

  /** Whether the device's kernels take this model's heads in the type of its activations. */
  static boolean supports(ModelConfig config, Gemm gemm) {
    return Fused.supportsAttention(gemm.activations(), config.headDim());
  }

  /**
   * What a backward pass needs of a forward pass.
   *
   * @param projected queries and keys before their norms; null where there are none
   * @param qkv rotated queries and keys, and values, {@code [rows, (heads + 2 kv heads) * size]}
   * @param logSumExp of the products, {@code [heads, rows]}
   */
  private record Flat(@Nullable HeadNorms projected, Tensor qkv, Tensor logSumExp)
      implements State {}

  @Override
  public State take(long rows, Arena arena) {
    long wide = (config.heads() + 2L * config.kvHeads()) * config.headDim();
    return new Flat(
        HeadNorms.take(config, rows, type, arena),
        arena.take(type, rows, wide),
        arena.take(config.heads(), rows));
  }

  @Override
  public void forward(
      State state,
      Tensor attended,
      Tensor input,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Gemm products,
      Arena arena) {
    Flat saved = (Flat) state;
    LayerWeights w = parts.w();
    Tensor qkv = saved.qkv();
    products.forward(qkv, input, w.qkv(), w.qkvBias());
    LayerLora.forward(parts.lora().qkv(), products, qkv, input, arena);
    Tensor q = heads(qkv, 0, config.heads());
    Tensor k = heads(qkv, config.heads(), config.kvHeads());
    HeadNorms norms = saved.projected();
    if (norms == null) {
      plan.keyRope().rotateRows(byRow(q), byRow(q));
      plan.keyRope().rotateRows(byRow(k), byRow(k));
    } else {
      Tensor qNormed = arena.take(type, norms.q().shape());
      Tensor kNormed = arena.take(type, norms.k().shape());
      norms.forward(norm, qNormed, kNormed, q, k, w);
      plan.keyRope().rotateRows(byRow(q), byRow(qNormed));
      plan.keyRope().rotateRows(byRow(k), byRow(kNormed));
    }
    attention.forward(attended, saved.logSumExp(), qkv, plan.flash(), arena);
  }

  @Override
  public void backward(
      Tensor dQkv,
      State state,
      Tensor dAttended,
      Tensor attended,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Arena arena) {
    Flat saved = (Flat) state;
    long rows = dQkv.size(0);
    long queries = (long) config.heads() * config.headDim();
    Tensor dq = arena.take(type, rows, queries);
    attention.backward(
        dq,
        dQkv.narrow(1, queries, dQkv.size(1) - queries),
        dAttended,
        attended,
        saved.logSumExp(),
        saved.qkv(),
        plan.flash(),
        arena);
    Tensor toQ = heads(dQkv, 0, config.heads());
    Tensor toK = heads(dQkv, config.heads(), config.kvHeads());
    Tensor fromQ = heads(dq, 0, config.heads());
    HeadNorms norms = saved.projected();
    if (norms == null) {
      plan.keyRope().rotateRowsBack(byRow(toQ), byRow(fromQ));
      plan.keyRope().rotateRowsBack(byRow(toK), byRow(toK));
      return;
    }
    Tensor dqNormed = arena.take(type, norms.q().shape());
    Tensor dkNormed = arena.take(type, norms.k().shape());
    plan.keyRope().rotateRowsBack(byRow(dqNormed), byRow(fromQ));
    plan.keyRope().rotateRowsBack(byRow(dkNormed), byRow(toK));
    Tensor dqHead = arena.take(type, norms.q().shape());
    Tensor dkHead = arena.take(type, norms.k().shape());
    norms.backward(dqHead, dkHead, dqNormed, dkNormed, parts, arena);
    toQ.copy_(dqHead);
    toK.copy_(dkHead);
  }

  private Tensor heads(Tensor matrix, long first, long count) {
    return matrix.view(matrix.size(0), -1, config.headDim()).narrow(1, first, count);
  }

  /** {@code [rows, heads, size]} as rank 4. */
  private Tensor byRow(Tensor heads) {
    return heads.view(heads.size(0), heads.size(1), 1, heads.size(2));
  }
}
