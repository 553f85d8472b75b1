/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.FlashLayer;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.nn.Rope;
import dev.dpo4j.nn.Rotation;
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
  private final Rotation rotation;

  FlashCore(ModelConfig config, int window, Rotation rotation, Gemm gemm) {
    this.config = config;
    this.rotation = rotation;
    this.norm = new RmsNorm(config.rmsNormEps(), config.style().oneCentred());
    this.attention =
        new FlashLayer(
            config.heads(),
            config.kvHeads(),
            config.headDim(),
            window,
            config.style().attentionScale());
    this.type = gemm.activations();
  }

  /** Whether the device's kernels take this model's heads in the type of its activations. */
  static boolean supports(ModelConfig config, Gemm gemm) {
    return config.style().scoreCap() == 0
        && Fused.supportsAttention(gemm.activations(), config.headDim());
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
    Rope rope = plan.keyRope(rotation);
    if (norms == null) {
      rope.rotateRows(byRow(q), byRow(q));
      rope.rotateRows(byRow(k), byRow(k));
    } else {
      Tensor qNormed = arena.take(type, norms.q().shape());
      Tensor kNormed = arena.take(type, norms.k().shape());
      if (normsFollowRotation()) {
        rope.rotateRows(byRow(norms.q()), byRow(q));
        rope.rotateRows(byRow(norms.k()), byRow(k));
        norms.forward(norm, qNormed, kNormed, w);
        q.copy_(qNormed);
        k.copy_(kNormed);
      } else {
        norms.keep(q, k);
        norms.forward(norm, qNormed, kNormed, w);
        rope.rotateRows(byRow(q), byRow(qNormed));
        rope.rotateRows(byRow(k), byRow(kNormed));
      }
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
    Rope rope = plan.keyRope(rotation);
    if (norms == null) {
      rope.rotateRowsBack(byRow(toQ), byRow(fromQ));
      rope.rotateRowsBack(byRow(toK), byRow(toK));
      return;
    }
    Tensor dqNormed = arena.take(type, norms.q().shape());
    Tensor dkNormed = arena.take(type, norms.k().shape());
    Tensor dqHead = arena.take(type, norms.q().shape());
    Tensor dkHead = arena.take(type, norms.k().shape());
    if (normsFollowRotation()) {
      dqNormed.copy_(fromQ);
      dkNormed.copy_(toK);
      norms.backward(norm, dqHead, dkHead, dqNormed, dkNormed, parts, arena);
      rope.rotateRowsBack(byRow(toQ), byRow(dqHead));
      rope.rotateRowsBack(byRow(toK), byRow(dkHead));
      return;
    }
    rope.rotateRowsBack(byRow(dqNormed), byRow(fromQ));
    rope.rotateRowsBack(byRow(dkNormed), byRow(toK));
    norms.backward(norm, dqHead, dkHead, dqNormed, dkNormed, parts, arena);
    toQ.copy_(dqHead);
    toK.copy_(dkHead);
  }

  private boolean normsFollowRotation() {
    return config.style().qkNorm() == QkNorm.HEAD_AFTER_ROTATION;
  }

  private Tensor heads(Tensor matrix, long first, long count) {
    return matrix.view(matrix.size(0), -1, config.headDim()).narrow(1, first, count);
  }

  /** {@code [rows, heads, size]} as rank 4. */
  private Tensor byRow(Tensor heads) {
    return heads.view(heads.size(0), heads.size(1), 1, heads.size(2));
  }
}
