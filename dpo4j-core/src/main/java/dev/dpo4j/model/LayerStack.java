/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.RopeConfig;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.weights.DividedWeights;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.RmsNorm;
import dev.dpo4j.nn.Rotation;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Fused;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.offload.HostedLayers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The body of a model, from tokens to what its head reads: embedding, layers and final norm. */
final class LayerStack implements AutoCloseable {
  /** Elements that are taken at once for what layers leave to the host. */
  private static final long LEAST_BLOCK = 1L << 16;

  private static final long MOST_BLOCK = 64L << 20;

  private final ModelConfig config;
  private final LayerStyle style;
  private final WorkingWeights weights;
  private final RmsNorm finalNorm;
  private final List<DecoderLayer> layers = new ArrayList<>();
  private final List<JoinedStep> steps = new ArrayList<>();
  private final Gemm gemm;
  private @Nullable HostedLayers hosted;

  /**
   * Makes a stack around weights that the caller closes.
   *
   * @param stepGemm products of few rows, for generation
   */
  LayerStack(ModelConfig config, WorkingWeights weights, Gemm gemm, Gemm stepGemm) {
    this.config = config;
    this.style = config.style();
    this.weights = weights;
    this.gemm = gemm;
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
    closeSteps();
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

  @Override
  public void close() {
    closeSteps();
    if (hosted != null) {
      hosted.close();
    }
  }

  /** Frees what {@link #packForSteps} prepared. */
  private void closeSteps() {
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

  /**
   * Prepares a forward pass that a backward pass follows.
   *
   * @param lora the adapters of the layers
   * @param offload whether, on a card, what layers keep waits in the host's memory
   */
  Kept keep(BatchPlan plan, Arena arena, List<LayerLora> lora, boolean offload) {
    return new Kept(plan, arena, lora, offload ? beginHosted(plan.batch().rows()) : null);
  }

  private @Nullable HostedLayers beginHosted(long rows) {
    if (!Backends.hasOwnMemory()) {
      return null;
    }
    HostedLayers present = hosted;
    if (present == null) {
      long perRow = DecoderLayer.savedBytesPerRow(config, gemm.activations()) / Float.BYTES;
      long layer = rows * (perRow + config.hiddenSize());
      present = new HostedLayers(layers.size(), Math.max(LEAST_BLOCK, Math.min(MOST_BLOCK, layer)));
      hosted = present;
    }
    present.begin();
    return present;
  }

  /** What the layers of a forward pass keep for the backward pass. */
  final class Kept {
    private final BatchPlan plan;
    private final Arena arena;
    private final List<LayerLora> lora;
    private final @Nullable HostedLayers host;
    private final List<Tensor> inputs = new ArrayList<>();
    private final List<DecoderLayer.@Nullable Saved> saved = new ArrayList<>();

    private Kept(BatchPlan plan, Arena arena, List<LayerLora> lora, @Nullable HostedLayers host) {
      this.plan = plan;
      this.arena = arena;
      this.lora = lora;
      this.host = host;
    }

    /**
     * Computes the layers.
     *
     * @param keeping how many keep their activations; the others keep their input alone
     * @return the output of the last layer, valid until {@link #beginBackward}
     */
    Tensor forward(int keeping) {
      Arena place = place(0);
      Tensor x = embed(plan, place);
      for (int layer = 0; layer < layers.size(); layer++) {
        inputs.add(x);
        Arena next = place(layer + 1);
        Tensor out = next.take(x.shape());
        boolean keeps = layer < keeping;
        Arena.Mark mark = arena.mark();
        DecoderLayer.Saved state =
            layers
                .get(layer)
                .forward(out, x, parts(layer, lora), plan, keeps ? place : arena, arena);
        saved.add(keeps ? state : null);
        if (!keeps) {
          arena.release(mark);
        }
        if (host != null) {
          host.leave(layer);
        }
        place = next;
        x = out;
      }
      return x;
    }

    /** The memory for the input of a layer and what it keeps. */
    private Arena place(int layer) {
      return host == null ? arena : host.open(layer);
    }

    /** Lets the first of the layers that left come back, while the head is computed. */
    void beginBackward() {
      if (host != null) {
        host.bring(layers.size() - HostedLayers.PLACES);
      }
    }

    /** Propagates a gradient through a layer; the last layer comes first. */
    void backward(int layer, Tensor dx) {
      if (host != null) {
        host.await(layer);
      }
      Arena.Mark mark = arena.mark();
      try (Scope scope = Scope.open()) {
        DecoderLayer.Parts parts = trainedParts(layer, lora);
        DecoderLayer.Saved state = saved.get(layer);
        if (state == null) {
          state = layers.get(layer).forward(null, inputs.get(layer), parts, plan, arena);
        }
        layers.get(layer).backward(dx, state, parts, plan, arena);
        weights.leave(layer);
      } finally {
        arena.release(mark);
      }
      if (host != null) {
        host.bring(layer - HostedLayers.PLACES);
      }
    }
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

  /** The rotations of a model's layers; layers of a kind share one, and so its tables. */
  private static final class Rotations {
    private final ModelConfig config;
    private final Rotation full;
    private final Rotation sliding;

    Rotations(ModelConfig config) {
      this.config = config;
      this.full = rotation(config, config.rope());
      this.sliding =
          config.slidingRope().equals(config.rope())
              ? full
              : rotation(config, config.slidingRope());
    }

    private static Rotation rotation(ModelConfig config, RopeConfig rope) {
      return new Rotation(
          length -> rope.inverseFrequencies(config.rotaryDim(), length),
          rope.attentionFactor(),
          config.style().interleaved(),
          rope.lengthOfChange() < Integer.MAX_VALUE);
    }

    Rotation of(int layer) {
      if (!config.style().rotated().get(layer)) {
        return Rotation.NONE;
      }
      return config.slidingWindow(layer) > 0 ? sliding : full;
    }
  }
}
