/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Fused;
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
  private final FoldedCore folded;
  private final AttentionCore training;

  DecoderLayer(ModelConfig config, int layer, Gemm gemm, Gemm stepGemm) {
    this.config = config;
    this.gemm = gemm;
    this.stepGemm = stepGemm;
    this.norm = new RmsNorm(config.rmsNormEps());
    int window = config.slidingWindow(layer);
    this.folded = new FoldedCore(config, window);
    this.training = FlashCore.supports(config, gemm) ? new FlashCore(config, window, gemm) : folded;
  }

  /**
   * What a backward pass needs of a forward pass.
   *
   * @param x input, {@code [rows, hidden]}
   * @param inverse 1 / rms of the input, {@code [rows, 1]}
   * @param attention what the attention keeps
   * @param attended output of the attention, {@code [rows, heads * size]}
   * @param mid residual stream after the attention, {@code [rows, hidden]}
   * @param midInverse 1 / rms of it, {@code [rows, 1]}
   * @param gateUp gate and up projections, {@code [rows, 2 * intermediate]}
   */
  record Saved(
      Tensor x,
      Tensor inverse,
      AttentionCore.State attention,
      Tensor attended,
      Tensor mid,
      Tensor midInverse,
      Tensor gateUp) {}

  /**
   * What a layer computes with.
   *
   * @param w its weights
   * @param g receives their gradients by addition; null where they are frozen
   * @param lora its adapters, which keep their own gradients
   */
  record Parts(LayerWeights w, @Nullable LayerWeights g, LayerLora lora) {}

  /**
   * Bytes that {@link Saved} takes for one row, without its input.
   *
   * @param activations type of what is only a factor
   */
  static long savedBytesPerRow(ModelConfig config, DType activations) {
    long q = (long) config.heads() * config.headDim();
    long kv = (long) config.kvHeads() * config.headDim();
    long factors = 2 * q + 2 * kv + 2L * config.intermediateSize();
    long floats = config.hiddenSize() + 2L;
    if (config.qkNorm()) {
      factors += q + kv;
      floats += config.heads() + config.kvHeads();
    }
    return factors * activations.byteSize() + floats * Float.BYTES;
  }

  /**
   * Computes the layer.
   *
   * @param out receives the output, {@code [rows, hidden]}; null when only {@link Saved} is wanted
   */
  Saved forward(@Nullable Tensor out, Tensor x, Parts parts, BatchPlan plan, Arena arena) {
    return forward(out, x, parts, plan, training, gemm, arena);
  }

  /**
   * Computes the layer for tokens that also see the tokens of a cache.
   *
   * <p>The rows are whole prompts, or one token of each sequence in the cache.
   */
  void forwardCached(
      Tensor out, Tensor x, Parts parts, BatchPlan plan, KvCache cache, int layer, Arena arena) {
    Gemm products = cache.readsPrompts() && !cache.isIndependent() ? gemm : stepGemm;
    forward(out, x, parts, plan, folded.cached(cache, layer), products, arena);
  }

  private Saved forward(
      @Nullable Tensor out,
      Tensor x,
      Parts parts,
      BatchPlan plan,
      AttentionCore core,
      Gemm products,
      Arena arena) {
    LayerWeights w = parts.w();
    LayerLora lora = parts.lora();
    Saved saved = takeSaved(x, core, arena);
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor input = arena.take(products.activations(), x.shape());
      norm.forward(input, saved.inverse(), x, w.inputNorm());
      core.forward(saved.attention(), saved.attended(), input, parts, plan, products, arena);
      products.forwardAdd(saved.mid(), x, saved.attended(), w.o(), w.oBias());
      LayerLora.forward(lora.o(), products, saved.mid(), saved.attended(), arena);
      arena.release(mark);
      Tensor normed = arena.take(products.activations(), x.shape());
      norm.forward(normed, saved.midInverse(), saved.mid(), w.postNorm());
      products.forward(saved.gateUp(), normed, w.gateUp(), w.gateUpBias());
      LayerLora.forward(lora.gateUp(), products, saved.gateUp(), normed, arena);
      if (out != null) {
        Tensor inner = arena.take(products.activations(), x.size(0), config.intermediateSize());
        swiglu(inner, saved);
        products.forwardAdd(out, saved.mid(), inner, w.down(), w.downBias());
        LayerLora.forward(lora.down(), products, out, inner, arena);
      }
    } finally {
      arena.release(mark);
    }
    return saved;
  }

  private Saved takeSaved(Tensor x, AttentionCore core, Arena arena) {
    long rows = x.size(0);
    DType type = gemm.activations();
    return new Saved(
        x,
        arena.take(rows, 1),
        core.take(rows, arena),
        arena.take(type, rows, (long) config.heads() * config.headDim()),
        arena.take(rows, config.hiddenSize()),
        arena.take(rows, 1),
        arena.take(type, rows, 2L * config.intermediateSize()));
  }

  private void swiglu(Tensor out, Saved saved) {
    if (Fused.has(out)) {
      Fused.swiglu(out, gate(saved), up(saved));
    } else {
      Ops.silu(out, gate(saved));
      out.mul_(up(saved));
    }
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
    DType type = gemm.activations();
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      long rows = dx.size(0);
      long inner = config.intermediateSize();
      Tensor dOut = gemm.factor(dx, arena);
      Tensor dGateUp =
          Fused.has(dx)
              ? backwardInnerFused(dOut, saved, parts, arena)
              : backwardInner(dOut, saved, parts, arena.take(rows, 2 * inner), arena);
      Tensor normed = arena.take(type, dx.shape());
      RmsNorm.apply(normed, saved.midInverse(), saved.mid(), w.postNorm());
      if (g != null) {
        gradLinear(g.gateUp(), g.gateUpBias(), dGateUp, normed);
      }
      Tensor dNormed = parts.lora().gateUp().isEmpty() ? normed : arena.take(type, dx.shape());
      gemm.gradInput(dNormed, dGateUp, w.gateUp());
      LayerLora.backward(parts.lora().gateUp(), gemm, dNormed, dGateUp, normed, arena);
      Tensor dNorm = g == null ? null : g.postNorm();
      RmsNorm.backward(dx, dNorm, dNormed, saved.mid(), saved.midInverse(), w.postNorm(), arena);
    } finally {
      arena.release(mark);
    }
  }

  /** The gradient of gate and up from that of the MLP's output. */
  private Tensor backwardInner(Tensor dOut, Saved saved, Parts parts, Tensor dGateUp, Arena arena) {
    LayerWeights w = parts.w();
    LayerWeights g = parts.g();
    long rows = dOut.size(0);
    long inner = config.intermediateSize();
    Arena.Mark mark = arena.mark();
    Tensor silu = arena.take(rows, inner);
    Tensor product = arena.take(rows, inner);
    Ops.silu(silu, gate(saved));
    Ops.mul(product, silu, up(saved));
    if (g != null) {
      gradLinear(g.down(), g.downBias(), dOut, product);
    }
    // With adapters the product is still their input when its gradient is made.
    Tensor dProduct = parts.lora().down().isEmpty() ? product : arena.take(rows, inner);
    gemm.gradInput(dProduct, dOut, w.down());
    LayerLora.backward(parts.lora().down(), gemm, dProduct, dOut, product, arena);
    Ops.mul(dGateUp.narrow(1, inner, inner), dProduct, silu);
    dProduct.mul_(up(saved));
    Ops.siluBackward(dGateUp.narrow(1, 0, inner), dProduct, gate(saved));
    arena.release(mark);
    return dGateUp;
  }

  /** The same by one kernel, which also makes the product again. */
  private Tensor backwardInnerFused(Tensor dOut, Saved saved, Parts parts, Arena arena) {
    LayerWeights w = parts.w();
    LayerWeights g = parts.g();
    DType type = gemm.activations();
    long rows = dOut.size(0);
    long inner = config.intermediateSize();
    boolean adapted = !parts.lora().down().isEmpty();
    Tensor dGateUp = arena.take(type, rows, 2 * inner);
    Tensor dGate = dGateUp.narrow(1, 0, inner);
    Tensor dUp = dGateUp.narrow(1, inner, inner);
    Arena.Mark mark = arena.mark();
    Tensor product = g != null || adapted ? arena.take(type, rows, inner) : null;
    Tensor dProduct = arena.take(type, rows, inner);
    if (adapted && product != null) {
      // An adapter adds to the product's gradient, and takes the product as its input.
      Fused.swiglu(product, gate(saved), up(saved));
    }
    gemm.gradInput(dProduct, dOut, w.down());
    if (adapted && product != null) {
      LayerLora.backward(parts.lora().down(), gemm, dProduct, dOut, product, arena);
    }
    Fused.swigluBackward(dGate, dUp, product, dProduct, gate(saved), up(saved));
    if (g != null && product != null) {
      gradLinear(g.down(), g.downBias(), dOut, product);
    }
    arena.release(mark);
    return dGateUp;
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
    DType type = gemm.activations();
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor dOut = gemm.factor(dx, arena);
      if (g != null) {
        gradLinear(g.o(), g.oBias(), dOut, saved.attended());
      }
      Tensor dAttended = arena.take(type, saved.attended().shape());
      gemm.gradInput(dAttended, dOut, w.o());
      LayerLora.backward(parts.lora().o(), gemm, dAttended, dOut, saved.attended(), arena);
      Tensor dQkv = arena.take(type, dx.size(0), w.qkv().size(0));
      training.backward(dQkv, saved.attention(), dAttended, saved.attended(), parts, plan, arena);

      Tensor normed = arena.take(type, dx.shape());
      RmsNorm.apply(normed, saved.inverse(), saved.x(), w.inputNorm());
      if (g != null) {
        gradLinear(g.qkv(), g.qkvBias(), dQkv, normed);
      }
      Tensor dNormed = parts.lora().qkv().isEmpty() ? normed : arena.take(type, dx.shape());
      gemm.gradInput(dNormed, dQkv, w.qkv());
      LayerLora.backward(parts.lora().qkv(), gemm, dNormed, dQkv, normed, arena);
      Tensor dNorm = g == null ? null : g.inputNorm();
      RmsNorm.backward(dx, dNorm, dNormed, saved.x(), saved.inverse(), w.inputNorm(), arena);
    } finally {
      arena.release(mark);
    }
  }

  private Tensor gate(Saved saved) {
    return saved.gateUp().narrow(1, 0, config.intermediateSize());
  }

  private Tensor up(Saved saved) {
    return saved.gateUp().narrow(1, config.intermediateSize(), config.intermediateSize());
  }
}
