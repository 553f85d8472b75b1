/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.weights.DividedWeights;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The body of a model, from tokens to what its head reads: embedding, layers and final norm. */
final class LayerStack implements AutoCloseable {
  private final ModelConfig config;
  private final LayerStyle style;
  private final WorkingWeights weights;
  private final RmsNorm finalNorm;
  private final List<DecoderLayer> layers = new ArrayList<>();
  private final List<JoinedStep> steps = new ArrayList<>();

  /**
   * Makes a stack around weights that the caller closes.
   *
   * @param stepGemm products of few rows, for generation
   */
  LayerStack(ModelConfig config, WorkingWeights weights, Gemm gemm, Gemm stepGemm) {
    this.config = config;
    this.style = config.style();
    this.weights = weights;
    this.finalNorm = new RmsNorm(config.rmsNormEps(), style.oneCentred());
    Rotations rotations = new Rotations(config);
    for (int layer = 0; layer < config.layers(); layer++) {
      layers.add(new DecoderLayer(config, layer, rotations.of(layer), gemm, stepGemm));
    }
  }

  /** Computes one layer. */
  @FunctionalInterface
  interface Step {
    /** Fills {@code out} with what the layer makes of {@code x}. */
    void forward(DecoderLayer layer, int index, Tensor out, Tensor x);
  }

  /**
   * How a layer is computed for new tokens of a decoder.
   *
   * @param layer its number
   * @param inOneCall computes it in one call; null where that is not to be had
   */
  record JoinedStep(int layer, Backend.@Nullable JoinedLayer inOneCall) {}

  /** Brings what the steps of a decoder compute with up to date with the weights. */
  void packForSteps(Gemm.PackedWeights packed) {
    weights.refresh();
    weights.pack(packed);
    close();
    boolean all = weights.isPackedIn(packed);
    for (int layer = 0; layer < layers.size(); layer++) {
      Backend.JoinedLayer joined =
          all ? layers.get(layer).joined(weights.layer(layer), packed) : null;
      steps.add(new JoinedStep(layer, joined));
    }
  }

  /** How a layer is computed for new tokens, after {@link #packForSteps}. */
  JoinedStep step(int layer) {
    return steps.get(layer);
  }

  /** Frees what {@link #packForSteps} prepared. */
  @Override
  public void close() {
    steps.stream()
        .map(JoinedStep::inOneCall)
        .filter(Objects::nonNull)
        .forEach(Backend.JoinedLayer::close);
    steps.clear();
  }

  int size() {
    return layers.size();
  }

  DecoderLayer layer(int layer) {
    return layers.get(layer);
  }

  /** The weights of a layer and an adapter on them, without gradients. */
  DecoderLayer.Parts parts(int layer, List<LayerLora> lora) {
    return new DecoderLayer.Parts(weights.layer(layer), null, lora.get(layer));
  }

  /** The same with gradients. */
  DecoderLayer.Parts trainedParts(int layer, List<LayerLora> lora) {
    return new DecoderLayer.Parts(weights.layer(layer), weights.gradients(layer), lora.get(layer));
  }

  BatchPlan plan(FlatBatch batch) {
    return plan(batch, batch.longestSequence());
  }

  /** Plans a batch whose rotation depends on lengths other than that of its longest sequence. */
  BatchPlan plan(FlatBatch batch, int... lengths) {
    int group = config.heads() / config.kvHeads();
    return new BatchPlan(batch, lengths, group, style.attentionScale());
  }

  /** The rows of the embedding, {@code [rows, hidden]}. */
  Tensor embed(BatchPlan plan, Arena arena) {
    Tensor x = arena.take(plan.batch().rows(), config.hiddenSize());
    readEmbedding(x, plan);
    if (style.embeddingScale() != 1) {
      x.mul_(style.embeddingScale());
    }
    return x;
  }

  private void readEmbedding(Tensor x, BatchPlan plan) {
    DividedWeights divided = weights.divided();
    if (divided != null) {
      divided.embed(x, plan.batch().tokenIds());
      return;
    }
    Tensor embedding = weights.embedding();
    if (embedding.dtype() == x.dtype() || Fused.has(x)) {
      Ops.rows(x, embedding, plan.tokenIds());
    } else {
      try (Scope scope = Scope.open()) {
        Tensor rows = Tensor.empty(embedding.dtype(), x.shape());
        Ops.rows(rows, embedding, plan.tokenIds());
        x.copy_(rows);
      }
    }
  }

  /** The output of the last layer without keeping activations: two buffers in turn. */
  Tensor run(BatchPlan plan, Arena arena, Step step) {
    Tensor x = embed(plan, arena);
    Tensor next = arena.take(x.shape());
    for (int layer = 0; layer < layers.size(); layer++) {
      Arena.Mark mark = arena.mark();
      try (Scope scope = Scope.open()) {
        step.forward(layers.get(layer), layer, next, x);
      } finally {
        arena.release(mark);
      }
      Tensor swap = x;
      x = next;
      next = swap;
    }
    return x;
  }

  /**
   * The final norm; what logits are multiplied by is multiplied here, where there is less of it.
   *
   * @param inverse receives what the backward pass needs, {@code [rows, 1]}
   */
  void normLast(Tensor normed, Tensor inverse, Tensor x) {
    finalNorm.forward(normed, inverse, x, weights.finalNorm());
    if (style.logitScale() != 1) {
      normed.mul_(style.logitScale());
    }
  }

  /** The same where nothing goes backward. */
  void normLast(Tensor normed, Tensor x, Arena arena) {
    normLast(normed, arena.take(x.size(0), 1), x);
  }

  /** Adds the gradient of the final norm's input to {@code dx}, and that of its weight. */
  void normLastBackward(Tensor dx, Tensor dNormed, Tensor x, Tensor inverse, Arena arena) {
    if (style.logitScale() != 1) {
      dNormed.mul_(style.logitScale());
    }
    finalNorm.backward(
        dx, weights.finalNormGradient(), dNormed, x, inverse, weights.finalNorm(), arena);
  }

  /** Adds the gradient of the embedding, where it is trained; {@code dx} is scratch then. */
  void embedBackward(Tensor dx, BatchPlan plan) {
    if (!weights.trainsEmbedding()) {
      return;
    }
    if (style.embeddingScale() != 1) {
      dx.mul_(style.embeddingScale());
    }
    DividedWeights divided = weights.divided();
    if (divided != null) {
      divided.addEmbedding(dx, plan.batch().tokenIds());
      return;
    }
    Tensor intoEmbedding = weights.embeddingGradient();
    if (Fused.has(dx)) {
      plan.tokenRows().addTo(intoEmbedding, dx);
    } else {
      intoEmbedding.indexAdd_(plan.tokenIds(), dx);
    }
  }
}
