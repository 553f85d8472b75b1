/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.Attention;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One pre-norm decoder layer: attention and a gated MLP, each added to the residual stream.
 *
 * <p>Forward and backward are written out. What the backward pass needs is in {@link Saved};
 * normalised inputs and the MLP's inner product are computed again from it because that costs only
 * element-wise work.
 */
final class DecoderLayer {
  private final ModelConfig config;
  private final Gemm gemm;
  private final Gemm stepGemm;
  private final RmsNorm norm;
  private final Attention attention;
  private final int window;

  DecoderLayer(ModelConfig config, int layer, Gemm gemm, Gemm stepGemm) {
    this.config = config;
    this.gemm = gemm;
    this.stepGemm = stepGemm;
    this.norm = new RmsNorm(config.rmsNormEps());
    this.attention = new Attention(config.heads(), config.kvHeads(), config.headDim());
    this.window = config.slidingWindow(layer);
  }

  /**
   * What a backward pass needs of a forward pass.
   *
   * @param x input, {@code [rows, hidden]}
   * @param inverse 1 / rms of the input, {@code [rows, 1]}
   * @param projected queries and keys before their norms, {@code [rows, heads, size]} each in one
   *     matrix; null where the architecture has no such norm
   * @param q rotated and scaled queries, {@code [kv heads, rows * group, size]}
   * @param k rotated keys, {@code [kv heads, rows, size]}
   * @param v values, {@code [kv heads, rows, size]}
   * @param attended output of the attention, {@code [rows, heads * size]}
   * @param mid residual stream after the attention, {@code [rows, hidden]}
   * @param midInverse 1 / rms of it, {@code [rows, 1]}
   * @param gateUp gate and up projections, {@code [rows, 2 * intermediate]}
   */
  record Saved(
      Tensor x,
      Tensor inverse,
      @Nullable HeadNorms projected,
      Tensor q,
      Tensor k,
      Tensor v,
      Tensor attended,
      Tensor mid,
      Tensor midInverse,
      Tensor gateUp) {}

  /** Inputs of the norms of queries and keys and the inverses that they left. */
  record HeadNorms(Tensor q, Tensor k, Tensor qInverse, Tensor kInverse) {}

  /**
   * What a layer computes with.
   *
   * @param w its weights
   * @param g receives their gradients by addition; null where they are frozen
   * @param lora its adapters, which keep their own gradients
   */
  record Parts(LayerWeights w, @Nullable LayerWeights g, LayerLora lora) {}

  /** Bytes that {@link Saved} takes for one row, without its input. */
  static long savedBytesPerRow(ModelConfig config) {
    long q = (long) config.heads() * config.headDim();
    long kv = (long) config.kvHeads() * config.headDim();
    long floats = 2 * q + 2 * kv + config.hiddenSize() + 2L * config.intermediateSize() + 2;
    if (config.qkNorm()) {
      floats += q + kv + config.heads() + config.kvHeads();
    }
    return floats * Float.BYTES;
  }

  /**
   * Computes the layer.
   *
   * @param out receives the output, {@code [rows, hidden]}; null when only {@link Saved} is wanted
   */
  Saved forward(@Nullable Tensor out, Tensor x, Parts parts, BatchPlan plan, Arena arena) {
    return forward(
        out,
        x,
        parts,
        plan,
        saved ->
            attention.forward(
                saved.attended(), saved.q(), saved.k(), saved.v(), plan.attention(window), arena),
        gemm,
        arena);
  }

  /**
   * Computes the layer for tokens that also see the tokens of a cache.
   *
   * <p>The rows are whole prompts, or one token of each sequence in the cache.
   */
  void forwardCached(
      Tensor out, Tensor x, Parts parts, BatchPlan plan, KvCache cache, int layer, Arena arena) {
    forward(
        out,
        x,
        parts,
        plan,
        saved -> {
          cache.append(layer, saved.k(), saved.v(), arena);
          if (cache.readsPrompts()) {
            attention.forward(
                saved.attended(), saved.q(), saved.k(), saved.v(), plan.attention(window), arena);
          } else {
            attention.step(
                saved.attended(),
                saved.q(),
                cache.keys(layer),
                cache.values(layer),
                cache.mask(window),
                arena);
          }
        },
        cache.readsPrompts() ? gemm : stepGemm,
        arena);
  }

  /** Fills {@link Saved#attended} from queries, keys and values. */
  private interface Attend {
    void apply(Saved saved);
  }

  private Saved forward(
      @Nullable Tensor out,
      Tensor x,
      Parts parts,
      BatchPlan plan,
      Attend attend,
      Gemm products,
      Arena arena) {
    LayerWeights w = parts.w();
    LayerLora lora = parts.lora();
    Saved saved = takeSaved(x, arena);
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      project(saved, parts, plan, products, arena);
      attend.apply(saved);
      products.forwardAdd(saved.mid(), x, saved.attended(), w.o(), w.oBias());
      LayerLora.forward(lora.o(), products, saved.mid(), saved.attended(), arena);
      arena.release(mark);
      Tensor normed = arena.take(x.shape());
      norm.forward(normed, saved.midInverse(), saved.mid(), w.postNorm());
      products.forward(saved.gateUp(), normed, w.gateUp(), w.gateUpBias());
      LayerLora.forward(lora.gateUp(), products, saved.gateUp(), normed, arena);
      if (out != null) {
        Tensor inner = arena.take(x.size(0), config.intermediateSize());
        Ops.silu(inner, gate(saved));
        inner.mul_(up(saved));
        products.forwardAdd(out, saved.mid(), inner, w.down(), w.downBias());
        LayerLora.forward(lora.down(), products, out, inner, arena);
      }
    } finally {
      arena.release(mark);
    }
    return saved;
  }

  private Saved takeSaved(Tensor x, Arena arena) {
    long rows = x.size(0);
    long size = config.headDim();
    long kv = config.kvHeads();
    HeadNorms norms =
        config.qkNorm()
            ? new HeadNorms(
                arena.take(rows, config.heads(), size),
                arena.take(rows, kv, size),
                arena.take(rows, config.heads(), 1),
                arena.take(rows, kv, 1))
            : null;
    return new Saved(
        x,
        arena.take(rows, 1),
        norms,
        arena.take(kv, rows * (config.heads() / kv), size),
        arena.take(kv, rows, size),
        arena.take(kv, rows, size),
        arena.take(rows, config.heads() * size),
        arena.take(rows, config.hiddenSize()),
        arena.take(rows, 1),
        arena.take(rows, 2L * config.intermediateSize()));
  }

  private void project(Saved saved, Parts parts, BatchPlan plan, Gemm products, Arena arena) {
    LayerWeights w = parts.w();
    Tensor x = saved.x();
    long rows = x.size(0);
    Tensor normed = arena.take(x.shape());
    norm.forward(normed, saved.inverse(), x, w.inputNorm());
    Tensor qkv = arena.take(rows, w.qkv().size(0));
    products.forward(qkv, normed, w.qkv(), w.qkvBias());
    LayerLora.forward(parts.lora().qkv(), products, qkv, normed, arena);
    Tensor q = heads(qkv, 0, config.heads());
    Tensor k = heads(qkv, config.heads(), config.kvHeads());
    HeadNorms norms = saved.projected();
    if (norms != null && w.qNorm() != null && w.kNorm() != null) {
      norms.q().copy_(q);
      norms.k().copy_(k);
      q = arena.take(norms.q().shape());
      k = arena.take(norms.k().shape());
      norm.forward(q, norms.qInverse(), norms.q(), w.qNorm());
      norm.forward(k, norms.kInverse(), norms.k(), w.kNorm());
    }
    plan.queryRope().rotate(foldedQ(saved.q(), rows), byKvHead(q));
    plan.keyRope().rotate(foldedKv(saved.k(), rows), byKvHead(k));
    Tensor v = heads(qkv, config.heads() + config.kvHeads(), config.kvHeads());
    foldedKv(saved.v(), rows).copy_(byKvHead(v));
  }

  /**
   * Propagates a gradient through the layer.
   *
   * @param dx in: gradient of the output; out: gradient of the input, {@code [rows, hidden]}
   */
  void backward(Tensor dx, Saved saved, Parts parts, BatchPlan plan, Arena arena) {
    backwardMlp(dx, saved, parts, arena);
    backwardAttention(dx, saved, parts, plan, arena);
  }

  private void backwardMlp(Tensor dx, Saved saved, Parts parts, Arena arena) {
    LayerWeights w = parts.w();
    LayerWeights g = parts.g();
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      long rows = dx.size(0);
      long inner = config.intermediateSize();
      Tensor silu = arena.take(rows, inner);
      Tensor product = arena.take(rows, inner);
      Ops.silu(silu, gate(saved));
      Ops.mul(product, silu, up(saved));
      if (g != null) {
        gradLinear(g.down(), g.downBias(), dx, product);
      }
      // With adapters the product is still their input when its gradient is made.
      Tensor dProduct = parts.lora().down().isEmpty() ? product : arena.take(rows, inner);
      gemm.gradInput(dProduct, dx, w.down());
      LayerLora.backward(parts.lora().down(), gemm, dProduct, dx, product, arena);
      Tensor dGateUp = arena.take(rows, 2 * inner);
      Ops.mul(dGateUp.narrow(1, inner, inner), dProduct, silu);
      dProduct.mul_(up(saved));
      Ops.siluBackward(dGateUp.narrow(1, 0, inner), dProduct, gate(saved));

      Tensor normed = arena.take(dx.shape());
      RmsNorm.apply(normed, saved.midInverse(), saved.mid(), w.postNorm());
      if (g != null) {
        gradLinear(g.gateUp(), g.gateUpBias(), dGateUp, normed);
      }
      Tensor dNormed = parts.lora().gateUp().isEmpty() ? normed : arena.take(dx.shape());
      gemm.gradInput(dNormed, dGateUp, w.gateUp());
      LayerLora.backward(parts.lora().gateUp(), gemm, dNormed, dGateUp, normed, arena);
      Tensor dNorm = g == null ? null : g.postNorm();
      RmsNorm.backward(dx, dNorm, dNormed, saved.mid(), saved.midInverse(), w.postNorm(), arena);
    } finally {
      arena.release(mark);
    }
  }

  private void gradLinear(Tensor weight, @Nullable Tensor bias, Tensor dy, Tensor x) {
    gemm.gradWeight(weight, dy, x);
    if (bias != null) {
      Gemm.gradBias(bias, dy);
    }
  }

  private void backwardAttention(Tensor dx, Saved saved, Parts parts, BatchPlan plan, Arena arena) {
    LayerWeights w = parts.w();
    LayerWeights g = parts.g();
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      long rows = dx.size(0);
      if (g != null) {
        gradLinear(g.o(), g.oBias(), dx, saved.attended());
      }
      Tensor dAttended = arena.take(saved.attended().shape());
      gemm.gradInput(dAttended, dx, w.o());
      LayerLora.backward(parts.lora().o(), gemm, dAttended, dx, saved.attended(), arena);
      Tensor dq = arena.take(saved.q().shape());
      Tensor dk = arena.take(saved.k().shape()).zero_();
      Tensor dv = arena.take(saved.v().shape()).zero_();
      attention.backward(
          dq,
          dk,
          dv,
          dAttended,
          saved.attended(),
          saved.q(),
          saved.k(),
          saved.v(),
          plan.attention(window),
          arena);
      Tensor dQkv = arena.take(rows, w.qkv().size(0));
      unrotate(dQkv, dq, dk, dv, saved, parts, plan, arena);

      Tensor normed = arena.take(dx.shape());
      RmsNorm.apply(normed, saved.inverse(), saved.x(), w.inputNorm());
      if (g != null) {
        gradLinear(g.qkv(), g.qkvBias(), dQkv, normed);
      }
      Tensor dNormed = parts.lora().qkv().isEmpty() ? normed : arena.take(dx.shape());
      gemm.gradInput(dNormed, dQkv, w.qkv());
      LayerLora.backward(parts.lora().qkv(), gemm, dNormed, dQkv, normed, arena);
      Tensor dNorm = g == null ? null : g.inputNorm();
      RmsNorm.backward(dx, dNorm, dNormed, saved.x(), saved.inverse(), w.inputNorm(), arena);
    } finally {
      arena.release(mark);
    }
  }

  private void unrotate(
      Tensor dQkv,
      Tensor dq,
      Tensor dk,
      Tensor dv,
      Saved saved,
      Parts parts,
      BatchPlan plan,
      Arena arena) {
    LayerWeights w = parts.w();
    LayerWeights g = parts.g();
    long rows = dQkv.size(0);
    Tensor toQ = heads(dQkv, 0, config.heads());
    Tensor toK = heads(dQkv, config.heads(), config.kvHeads());
    Tensor toV = heads(dQkv, config.heads() + config.kvHeads(), config.kvHeads());
    byKvHead(toV).copy_(foldedKv(dv, rows));
    HeadNorms norms = saved.projected();
    if (norms == null || w.qNorm() == null || w.kNorm() == null) {
      plan.queryRope().rotateBack(byKvHead(toQ), foldedQ(dq, rows));
      plan.keyRope().rotateBack(byKvHead(toK), foldedKv(dk, rows));
      return;
    }
    Tensor dqNormed = arena.take(norms.q().shape());
    Tensor dkNormed = arena.take(norms.k().shape());
    plan.queryRope().rotateBack(byKvHead(dqNormed), foldedQ(dq, rows));
    plan.keyRope().rotateBack(byKvHead(dkNormed), foldedKv(dk, rows));
    Tensor dqHead = arena.take(norms.q().shape()).zero_();
    Tensor dkHead = arena.take(norms.k().shape()).zero_();
    Tensor dqNorm = g == null ? null : g.qNorm();
    Tensor dkNorm = g == null ? null : g.kNorm();
    RmsNorm.backward(dqHead, dqNorm, dqNormed, norms.q(), norms.qInverse(), w.qNorm(), arena);
    RmsNorm.backward(dkHead, dkNorm, dkNormed, norms.k(), norms.kInverse(), w.kNorm(), arena);
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

  private Tensor gate(Saved saved) {
    return saved.gateUp().narrow(1, 0, config.intermediateSize());
  }

  private Tensor up(Saved saved) {
    return saved.gateUp().narrow(1, config.intermediateSize(), config.intermediateSize());
  }
}
