/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.nn.Rotation;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.PackedMatrix;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One decoder layer: attention and a feed-forward block, each added to the residual stream. A norm
 * stands before each branch, behind it, or both.
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
  private final double residualScale;
  private final FoldedCore folded;
  private final AttentionCore training;
  private final FeedForward mlp;

  DecoderLayer(ModelConfig config, int layer, Rotation rotation, Gemm gemm, Gemm stepGemm) {
    this.config = config;
    this.gemm = gemm;
    this.stepGemm = stepGemm;
    this.norm = new RmsNorm(config.rmsNormEps(), config.style().oneCentred());
    this.residualScale = config.style().residualScale();
    int window = config.slidingWindow(layer);
    this.folded = new FoldedCore(config, window, rotation);
    this.training =
        FlashCore.supports(config, gemm) ? new FlashCore(config, window, rotation, gemm) : folded;
    Experts experts = config.isSparse(layer) ? config.style().experts() : null;
    this.mlp =
        experts == null ? new DenseMlp(config, gemm) : new ExpertMlp(config, experts, layer, gemm);
  }

  /**
   * What a backward pass needs of a forward pass.
   *
   * @param x input, {@code [rows, hidden]}
   * @param inverse 1 / rms of the input, {@code [rows, 1]}; null without a norm before the
   *     attention
   * @param attention what the attention keeps
   * @param attended output of the attention, {@code [rows, heads * size]}
   * @param attentionOut what the norm behind the attention reads; null without one
   * @param mid residual stream after the attention, {@code [rows, hidden]}
   * @param midInverse 1 / rms of it, {@code [rows, 1]}; null without a norm before the block
   * @param mlp what the feed-forward block keeps
   * @param mlpOut what the norm behind the block reads; null without one
   */
  record Saved(
      Tensor x,
      @Nullable Tensor inverse,
      AttentionCore.State attention,
      Tensor attended,
      @Nullable Normed attentionOut,
      Tensor mid,
      @Nullable Tensor midInverse,
      FeedForward.State mlp,
      @Nullable Normed mlpOut) {}

  /**
   * The input of a norm behind a branch.
   *
   * @param input {@code [rows, hidden]}
   * @param inverse 1 / rms of it, {@code [rows, 1]}
   */
  record Normed(Tensor input, Tensor inverse) {}

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
    Experts experts = config.style().experts();
    long block = DenseMlp.savedFactors(config);
    if (experts != null) {
      long routed = ExpertMlp.savedFactors(experts);
      block = experts.sparse().contains(false) ? Math.max(block, routed) : routed;
    }
    long factors = 2 * q + 2 * kv + block;
    long floats = config.hiddenSize() + 2L;
    if (config.qkNorm()) {
      factors += q + kv;
      floats += config.heads() + config.kvHeads();
    }
    if (config.style().hasPostNorms()) {
      floats += 2L * config.hiddenSize() + 2L;
    }
    return factors * activations.byteSize() + floats * Float.BYTES;
  }

  /**
   * Computes the layer.
   *
   * @param out receives the output, {@code [rows, hidden]}; null when only {@link Saved} is wanted
   */
  Saved forward(@Nullable Tensor out, Tensor x, Parts parts, BatchPlan plan, Arena arena) {
    return forward(out, x, parts, plan, arena, arena);
  }

  /**
   * The same with {@link Saved} in memory of its own.
   *
   * @param kept takes what is kept
   * @param arena takes what is not
   */
  Saved forward(
      @Nullable Tensor out, Tensor x, Parts parts, BatchPlan plan, Arena kept, Arena arena) {
    return forward(out, takeSaved(x, training, kept), parts, plan, training, gemm, arena);
  }

  /**
   * Computes the layer for tokens that also see the tokens of a cache.
   *
   * <p>The rows are whole prompts, or one token of each sequence in the cache.
   *
   * @param joined the layer in one call, or null where it is not to be had
   */
  void forwardCached(
      Tensor out,
      Tensor x,
      Parts parts,
      BatchPlan plan,
      KvCache cache,
      LayerStack.JoinedStep joined,
      Arena arena) {
    boolean done =
        joined.inOneCall() != null
            && parts.lora().isEmpty()
            && folded.stepped(joined.inOneCall(), out, x, plan, cache, joined.layer());
    if (!done) {
      Gemm products = cache.readsPrompts() && !cache.isIndependent() ? gemm : stepGemm;
      AttentionCore core = folded.cached(cache, joined.layer());
      forward(out, takeSaved(x, core, arena), parts, plan, core, products, arena);
    }
  }

  /**
   * Prepares the layer for {@link #forwardCached} in one call.
   *
   * @return null where it is made of other parts, or its weights are not packed
   */
  Backend.@Nullable JoinedLayer joined(LayerWeights w, Gemm.PackedWeights packed) {
    Backend.Joined engine = Ops.joined(w.qkv());
    Tensor inputNorm = w.inputNorm();
    Tensor mlpNorm = w.mlpNorm();
    PackedMatrix qkv = packed.half(w.qkv());
    PackedMatrix o = packed.half(w.o());
    PackedMatrix gateUp = packed.half(w.gateUp());
    PackedMatrix down = packed.half(w.down());
    boolean plain =
        residualScale == 1
            && !config.style().hasPostNorms()
            && config.style().scoreCap() == 0
            && config.style().qkNorm() != QkNorm.HEAD_AFTER_ROTATION
            && mlp instanceof DenseMlp;
    if (engine == null || inputNorm == null || mlpNorm == null || !plain) {
      return null;
    }
    if (qkv == null || o == null || gateUp == null || down == null) {
      return null;
    }
    try (Scope scope = Scope.open()) {
      return engine.layer(
          new Backend.LayerParts(
              config.rmsNormEps(),
              Gate.of(config) == Gate.GELU_TANH,
              config.style().qkNorm() == QkNorm.ALL_HEADS,
              norm.scale(inputNorm),
              qkv,
              w.qkvBias(),
              w.qNorm() == null ? null : norm.scale(w.qNorm()),
              w.kNorm() == null ? null : norm.scale(w.kNorm()),
              o,
              w.oBias(),
              norm.scale(mlpNorm),
              gateUp,
              w.gateUpBias(),
              down,
              w.downBias()));
    }
  }

  private Saved forward(
      @Nullable Tensor out,
      Saved saved,
      Parts parts,
      BatchPlan plan,
      AttentionCore core,
      Gemm products,
      Arena arena) {
    LayerWeights w = parts.w();
    Tensor x = saved.x();
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor input = normed(x, saved.inverse(), w.inputNorm(), products, arena);
      core.forward(saved.attention(), saved.attended(), input, parts, plan, products, arena);
      addAttention(saved, parts, products, arena);
      arena.release(mark);
      Tensor normed = normed(saved.mid(), saved.midInverse(), w.mlpNorm(), products, arena);
      addMlp(out, saved, normed, parts, plan, products, arena);
    } finally {
      arena.release(mark);
    }
    return saved;
  }

  private void addAttention(Saved saved, Parts parts, Gemm products, Arena arena) {
    LayerWeights w = parts.w();
    Normed kept = saved.attentionOut();
    Tensor branch = saved.mid();
    if (isPlain(kept)) {
      products.forwardAdd(branch, saved.x(), saved.attended(), w.o(), w.oBias());
    } else {
      branch = kept == null ? arena.take(saved.x().shape()) : kept.input();
      products.forward(branch, saved.attended(), w.o(), w.oBias());
    }
    LayerLora.forward(parts.lora().o(), products, branch, saved.attended(), arena);
    if (!isPlain(kept)) {
      addBranch(saved.mid(), saved.x(), branch, kept, w.attentionPostNorm(), arena);
    }
  }

  private void addMlp(
      @Nullable Tensor out,
      Saved saved,
      Tensor normed,
      Parts parts,
      BatchPlan plan,
      Gemm products,
      Arena arena) {
    Normed kept = saved.mlpOut();
    if (isPlain(kept)) {
      mlp.forward(saved.mlp(), out, saved.mid(), normed, parts, plan, products, arena);
      return;
    }
    Tensor branch = kept == null ? null : kept.input();
    if (branch == null && out != null) {
      branch = arena.take(saved.mid().shape());
    }
    mlp.forward(saved.mlp(), branch, null, normed, parts, plan, products, arena);
    if (branch != null) {
      Tensor target = out == null ? arena.take(saved.mid().shape()) : out;
      addBranch(target, saved.mid(), branch, kept, parts.w().mlpPostNorm(), arena);
    }
  }

  /** Whether a branch is added as it is. */
  private boolean isPlain(@Nullable Normed kept) {
    return kept == null && residualScale == 1;
  }

  private void addBranch(
      Tensor out,
      Tensor residual,
      Tensor branch,
      @Nullable Normed kept,
      @Nullable Tensor weight,
      Arena arena) {
    Tensor added = branch;
    if (kept != null && weight != null) {
      added = arena.take(branch.shape());
      norm.forward(added, kept.inverse(), branch, weight);
    }
    out.copy_(residual).add_(added, residualScale);
  }

  /** The input of a branch: normalised where a norm stands before it. */
  private Tensor normed(
      Tensor x, @Nullable Tensor inverse, @Nullable Tensor weight, Gemm products, Arena arena) {
    if (inverse == null || weight == null) {
      return products.factor(x, arena);
    }
    Tensor normed = arena.take(products.activations(), x.shape());
    norm.forward(normed, inverse, x, weight);
    return normed;
  }

  /** The same again for the backward pass, in memory that may be written over. */
  private Tensor normedAgain(
      Tensor x, @Nullable Tensor inverse, @Nullable Tensor weight, Arena arena) {
    Tensor normed = arena.take(gemm.activations(), x.shape());
    if (inverse == null || weight == null) {
      return normed.copy_(x);
    }
    norm.again(normed, inverse, x, weight);
    return normed;
  }

  private Saved takeSaved(Tensor x, AttentionCore core, Arena arena) {
    long rows = x.size(0);
    DType type = gemm.activations();
    boolean before = config.style().hasPreNorms();
    return new Saved(
        x,
        before ? arena.take(rows, 1) : null,
        core.take(rows, arena),
        arena.take(type, rows, (long) config.heads() * config.headDim()),
        takeNormed(rows, arena),
        arena.take(rows, config.hiddenSize()),
        before ? arena.take(rows, 1) : null,
        mlp.take(rows, arena),
        takeNormed(rows, arena));
  }

  private @Nullable Normed takeNormed(long rows, Arena arena) {
    return config.style().hasPostNorms()
        ? new Normed(arena.take(rows, config.hiddenSize()), arena.take(rows, 1))
        : null;
  }

  /**
   * Propagates a gradient through the layer.
   *
   * @param dx in: gradient of the output; out: gradient of the input, {@code [rows, hidden]}
   */
  void backward(Tensor dx, Saved saved, Parts parts, BatchPlan plan, Arena arena) {
    backwardMlp(dx, saved, parts, plan, arena);
    backwardAttention(dx, saved, parts, plan, arena);
  }

  /** The gradient of what a branch's last product gave, as a factor. */
  private Tensor intoBranch(
      Tensor dx,
      @Nullable Normed kept,
      @Nullable Tensor weight,
      @Nullable Tensor gradient,
      Arena arena) {
    if (isPlain(kept)) {
      return gemm.factor(dx, arena);
    }
    Tensor scaled = arena.take(dx.shape()).copy_(dx);
    if (residualScale != 1) {
      scaled.mul_(residualScale);
    }
    if (kept == null || weight == null) {
      return gemm.factor(scaled, arena);
    }
    Tensor into = arena.take(dx.shape()).zero_();
    norm.backward(into, gradient, scaled, kept.input(), kept.inverse(), weight, arena);
    return gemm.factor(into, arena);
  }

  /** Adds the gradient of a branch's input to that of the residual stream. */
  private void outOfBranch(
      Tensor dx,
      Tensor dNormed,
      Tensor x,
      @Nullable Tensor inverse,
      @Nullable Tensor weight,
      @Nullable Tensor gradient,
      Arena arena) {
    if (inverse == null || weight == null) {
      dx.add_(dNormed);
    } else {
      norm.backward(dx, gradient, dNormed, x, inverse, weight, arena);
    }
  }

  private void backwardMlp(Tensor dx, Saved saved, Parts parts, BatchPlan plan, Arena arena) {
    LayerWeights w = parts.w();
    LayerWeights g = parts.g();
    Arena.Mark mark = arena.mark();
    try (Scope scope = Scope.open()) {
      Tensor dPost = g == null ? null : g.mlpPostNorm();
      Tensor dOut = intoBranch(dx, saved.mlpOut(), w.mlpPostNorm(), dPost, arena);
      Tensor normed = normedAgain(saved.mid(), saved.midInverse(), w.mlpNorm(), arena);
      Tensor dNormed = mlp.backward(saved.mlp(), dOut, normed, parts, plan, arena);
      Tensor dNorm = g == null ? null : g.mlpNorm();
      outOfBranch(dx, dNormed, saved.mid(), saved.midInverse(), w.mlpNorm(), dNorm, arena);
    } finally {
      arena.release(mark);
    }
  }

  static void gradLinear(Gemm gemm, Tensor weight, @Nullable Tensor bias, Tensor dy, Tensor x) {
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
      Tensor dPost = g == null ? null : g.attentionPostNorm();
      Tensor dOut = intoBranch(dx, saved.attentionOut(), w.attentionPostNorm(), dPost, arena);
      if (g != null) {
        gradLinear(gemm, g.o(), g.oBias(), dOut, saved.attended());
      }
      Tensor dAttended = arena.take(type, saved.attended().shape());
      gemm.gradInput(dAttended, dOut, w.o());
      LayerLora.backward(parts.lora().o(), gemm, dAttended, dOut, saved.attended(), arena);
      Tensor dQkv = arena.take(type, dx.size(0), w.qkv().size(0));
      training.backward(dQkv, saved.attention(), dAttended, saved.attended(), parts, plan, arena);

      Tensor normed = normedAgain(saved.x(), saved.inverse(), w.inputNorm(), arena);
      if (g != null) {
        gradLinear(gemm, g.qkv(), g.qkvBias(), dQkv, normed);
      }
      Tensor dNormed = parts.lora().qkv().isEmpty() ? normed : arena.take(type, dx.shape());
      gemm.gradInput(dNormed, dQkv, w.qkv());
      LayerLora.backward(parts.lora().qkv(), gemm, dNormed, dQkv, normed, arena);
      Tensor dNorm = g == null ? null : g.inputNorm();
      outOfBranch(dx, dNormed, saved.x(), saved.inverse(), w.inputNorm(), dNorm, arena);
    } finally {
      arena.release(mark);
    }
  }
}
