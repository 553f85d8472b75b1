/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.Attention;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.nn.Rotation;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Attention with query heads folded into the rows of their key head, block by block. */
final class FoldedCore implements AttentionCore {
  private final ModelConfig config;
  private final RmsNorm norm;
  private final Attention attention;
  private final int window;
  private final Rotation rotation;

  FoldedCore(ModelConfig config, int window, Rotation rotation) {
    this.config = config;
    this.rotation = rotation;
    this.norm = new RmsNorm(config.rmsNormEps(), config.style().oneCentred());
    this.attention =
        new Attention(
            config.heads(), config.kvHeads(), config.headDim(), config.style().scoreCap());
    this.window = window;
  }

  /**
   * What a backward pass needs of a forward pass.
   *
   * @param projected what the norms of queries and keys read; null where there are none
   * @param q rotated and scaled queries, {@code [kv heads, rows * group, size]}
   * @param k rotated keys, {@code [kv heads, rows, size]}
   * @param v values, {@code [kv heads, rows, size]}
   */
  record Folded(@Nullable HeadNorms projected, Tensor q, Tensor k, Tensor v) implements State {}

  @Override
  public State take(long rows, Arena arena) {
    long size = config.headDim();
    long kv = config.kvHeads();
    return new Folded(
        HeadNorms.take(config, rows, DType.FLOAT32, arena),
        arena.take(kv, rows * (config.heads() / kv), size),
        arena.take(kv, rows, size),
        arena.take(kv, rows, size));
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
    Folded saved = (Folded) state;
    project(saved, input, parts, plan, products, arena);
    attention.forward(attended, saved.q(), saved.k(), saved.v(), plan.attention(window), arena);
  }

  /**
   * Computes one new token of each sequence of a cache, the whole layer in one call.
   *
   * @return false if nothing was computed
   */
  boolean stepped(
      Backend.JoinedLayer joined, Tensor out, Tensor x, BatchPlan plan, KvCache cache, int layer) {
    Backend.Joined engine = Ops.joined(x);
    if (engine == null || cache.readsPrompts() || cache.isEachAlone()) {
      return false;
    }
    Backend.Angles queries = plan.queryRope(rotation).angles();
    Backend.Angles keys = plan.keyRope(rotation).angles();
    if (queries == null || keys == null) {
      return false;
    }
    Backend.Spans spans = cache.spans(engine, window);
    joined.step(out, x, cache.kept(layer), cache.places(layer), queries, keys, spans);
    return true;
  }

  /** The same for tokens that also see those of a cache, to which they are added. */
  AttentionCore cached(KvCache cache, int layer) {
    return new Cached(cache, layer);
  }

  private final class Cached implements AttentionCore {
    private final KvCache cache;
    private final int layer;

    Cached(KvCache cache, int layer) {
      this.cache = cache;
      this.layer = layer;
    }

    @Override
    public State take(long rows, Arena arena) {
      return FoldedCore.this.take(rows, arena);
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
      Folded saved = (Folded) state;
      if (joined(saved, attended, input, parts, plan, products, arena)) {
        return;
      }
      project(saved, input, parts, plan, products, arena);
      cache.append(layer, saved.k(), saved.v(), arena);
      if (cache.readsPrompts()) {
        attention.forward(attended, saved.q(), saved.k(), saved.v(), plan.attention(window), arena);
      } else if (cache.isEachAlone()) {
        extend(attended, saved, arena);
      } else {
        step(attended, saved, arena);
      }
    }

    /**
     * Computes one new token of each sequence in few calls, where that can be done.
     *
     * @return false if nothing was computed
     */
    private boolean joined(
        Folded saved,
        Tensor attended,
        Tensor input,
        DecoderLayer.Parts parts,
        BatchPlan plan,
        Gemm products,
        Arena arena) {
      Backend.Joined joined = Ops.joined(attended);
      boolean each = cache.readsPrompts() || cache.isEachAlone() || config.style().scoreCap() != 0;
      HeadNorms norms = saved.projected();
      if (joined == null || each || (norms != null && normsFollowRotation())) {
        return false;
      }
      Backend.Angles queries = plan.queryRope(rotation).angles();
      Backend.Angles keys = plan.keyRope(rotation).angles();
      if (queries == null || keys == null) {
        return false;
      }
      Backend.Kept kept = cache.kept(layer);
      Tensor qkv = projected(input, parts, products, arena);
      if (norms != null) {
        Tensor q = heads(qkv, 0, config.heads());
        Tensor k = heads(qkv, config.heads(), config.kvHeads());
        norms.inPlace(norm, q, k, parts.w());
      }
      joined.rotateAndKeep(saved.q(), qkv, kept, cache.places(layer), queries, keys);
      joined.attend(attended, saved.q(), kept, cache.spans(joined, window));
      return true;
    }

    /** Attends for one new token of each sequence, those of about the same length together. */
    private void step(Tensor attended, Folded saved, Arena arena) {
      long group = config.heads() / config.kvHeads();
      // A card's kernel reads no keys that are hidden.
      List<KvCache.Span> spans = Fused.has(attended) ? List.of(cache.all()) : cache.spans();
      for (KvCache.Span span : spans) {
        attention.step(
            attended.narrow(0, span.first(), span.count()),
            saved.q().narrow(1, span.first() * group, span.count() * group),
            cache.keys(layer, span),
            cache.values(layer, span),
            cache.mask(span, window),
            arena);
      }
    }

    /** Attends for any number of new tokens, sequence by sequence. */
    private void extend(Tensor attended, Folded saved, Arena arena) {
      int row = 0;
      long group = config.heads() / config.kvHeads();
      for (int slot = 0; slot < cache.used(); slot++) {
        int rows = cache.count(slot);
        Tensor out = attended.narrow(0, row, rows);
        Tensor q = saved.q().narrow(1, row * group, rows * group);
        if (Fused.has(out)) {
          extendOneByOne(out, q, slot, arena);
        } else {
          Tensor mask = cache.mask(slot, window, (int) group);
          Tensor values = cache.values(layer, slot);
          attention.extend(out, q, cache.keys(layer, slot), values, mask, arena);
        }
        row += rows;
      }
    }

    /** A card's kernel hides the same keys from all rows: each token gets the keys that it sees. */
    private void extendOneByOne(Tensor out, Tensor q, int slot, Arena arena) {
      long group = config.heads() / config.kvHeads();
      Tensor keys = cache.keys(layer, slot);
      Tensor values = cache.values(layer, slot);
      for (int token = 0; token < out.size(0); token++) {
        long seen = cache.length(slot) + token + 1L;
        long oldest = window > 0 ? Math.max(0, seen - window) : 0;
        attention.extend(
            out.narrow(0, token, 1),
            q.narrow(1, token * group, group),
            keys.narrow(2, oldest, seen - oldest),
            values.narrow(2, oldest, seen - oldest),
            null,
            arena);
      }
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
      throw new UnsupportedOperationException("no gradient goes through a cache");
    }
  }

  private static Tensor projected(
      Tensor input, DecoderLayer.Parts parts, Gemm products, Arena arena) {
    LayerWeights w = parts.w();
    Tensor qkv = arena.take(input.size(0), w.qkv().size(0));
    products.forward(qkv, input, w.qkv(), w.qkvBias());
    LayerLora.forward(parts.lora().qkv(), products, qkv, input, arena);
    return qkv;
  }

  private void project(
      Folded saved,
      Tensor input,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Gemm products,
      Arena arena) {
    LayerWeights w = parts.w();
    long rows = input.size(0);
    Tensor qkv = projected(input, parts, products, arena);
    Tensor q = heads(qkv, 0, config.heads());
    Tensor k = heads(qkv, config.heads(), config.kvHeads());
    HeadNorms norms = saved.projected();
    if (norms == null) {
      rotate(saved, q, k, rows, plan);
    } else if (normsFollowRotation()) {
      plan.keyRope(rotation).rotate(byKvHead(norms.q()), byKvHead(q));
      plan.keyRope(rotation).rotate(byKvHead(norms.k()), byKvHead(k));
      Tensor qNormed = arena.take(norms.q().shape());
      Tensor kNormed = arena.take(norms.k().shape());
      norms.forward(norm, qNormed, kNormed, w);
      foldedQ(saved.q(), rows).copy_(byKvHead(qNormed.mul_(config.style().attentionScale())));
      foldedKv(saved.k(), rows).copy_(byKvHead(kNormed));
    } else {
      Tensor qNormed = arena.take(norms.q().shape());
      Tensor kNormed = arena.take(norms.k().shape());
      norms.keep(q, k);
      norms.forward(norm, qNormed, kNormed, w);
      rotate(saved, qNormed, kNormed, rows, plan);
    }
    Tensor v = heads(qkv, config.heads() + config.kvHeads(), config.kvHeads());
    foldedKv(saved.v(), rows).copy_(byKvHead(v));
  }

  private boolean normsFollowRotation() {
    return config.style().qkNorm() == QkNorm.HEAD_AFTER_ROTATION;
  }

  private void rotate(Folded saved, Tensor q, Tensor k, long rows, BatchPlan plan) {
    plan.queryRope(rotation).rotate(foldedQ(saved.q(), rows), byKvHead(q));
    plan.keyRope(rotation).rotate(foldedKv(saved.k(), rows), byKvHead(k));
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
    Folded saved = (Folded) state;
    Tensor dq = arena.take(saved.q().shape());
    Tensor dk = arena.take(saved.k().shape()).zero_();
    Tensor dv = arena.take(saved.v().shape()).zero_();
    attention.backward(
        dq,
        dk,
        dv,
        dAttended,
        attended,
        saved.q(),
        saved.k(),
        saved.v(),
        plan.attention(window),
        arena);
    unrotate(dQkv, dq, dk, dv, saved, parts, plan, arena);
  }

  private void unrotate(
      Tensor dQkv,
      Tensor dq,
      Tensor dk,
      Tensor dv,
      Folded saved,
      DecoderLayer.Parts parts,
      BatchPlan plan,
      Arena arena) {
    long rows = dQkv.size(0);
    Tensor toQ = heads(dQkv, 0, config.heads());
    Tensor toK = heads(dQkv, config.heads(), config.kvHeads());
    Tensor toV = heads(dQkv, config.heads() + config.kvHeads(), config.kvHeads());
    byKvHead(toV).copy_(foldedKv(dv, rows));
    HeadNorms norms = saved.projected();
    if (norms == null) {
      plan.queryRope(rotation).rotateBack(byKvHead(toQ), foldedQ(dq, rows));
      plan.keyRope(rotation).rotateBack(byKvHead(toK), foldedKv(dk, rows));
      return;
    }
    Tensor dqNormed = arena.take(norms.q().shape());
    Tensor dkNormed = arena.take(norms.k().shape());
    Tensor dqHead = arena.take(norms.q().shape());
    Tensor dkHead = arena.take(norms.k().shape());
    if (normsFollowRotation()) {
      byKvHead(dqNormed).copy_(foldedQ(dq, rows));
      byKvHead(dkNormed).copy_(foldedKv(dk, rows));
      dqNormed.mul_(config.style().attentionScale());
      norms.backward(norm, dqHead, dkHead, dqNormed, dkNormed, parts, arena);
      plan.keyRope(rotation).rotateBack(byKvHead(toQ), byKvHead(dqHead));
      plan.keyRope(rotation).rotateBack(byKvHead(toK), byKvHead(dkHead));
      return;
    }
    plan.queryRope(rotation).rotateBack(byKvHead(dqNormed), foldedQ(dq, rows));
    plan.keyRope(rotation).rotateBack(byKvHead(dkNormed), foldedKv(dk, rows));
    norms.backward(norm, dqHead, dkHead, dqNormed, dkNormed, parts, arena);
    toQ.copy_(dqHead);
    toK.copy_(dkHead);
  }

  /** Heads {@code first} to {@code first + count} of a {@code [rows, all heads * size]} matrix. */
  private Tensor heads(Tensor matrix, long first, long count) {
    long size = config.headDim();
    long rows = matrix.size(0);
    return matrix.view(rows, -1, size).narrow(1, first, count);
  }

  /** {@code [rows, heads, size]} as {@code [kv heads, rows, group, size]}. */
  private Tensor byKvHead(Tensor heads) {
    long group = heads.size(1) / config.kvHeads();
    return heads.view(heads.size(0), config.kvHeads(), group, config.headDim()).permute(1, 0, 2, 3);
  }

  private Tensor foldedQ(Tensor q, long rows) {
    return q.view(config.kvHeads(), rows, config.heads() / config.kvHeads(), config.headDim());
  }

  private Tensor foldedKv(Tensor kv, long rows) {
    return kv.view(config.kvHeads(), rows, 1, config.headDim());
  }
}
