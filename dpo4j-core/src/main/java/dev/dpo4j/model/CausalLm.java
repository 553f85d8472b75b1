/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelConfigException;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.family.WeightsException;
import dev.dpo4j.model.lora.AdapterRows;
import dev.dpo4j.model.lora.FrozenAdapters;
import dev.dpo4j.model.lora.LayerLora;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.lora.LoraFolder;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.weights.BaseForm;
import dev.dpo4j.model.weights.DividedWeights;
import dev.dpo4j.model.weights.WeightFiles;
import dev.dpo4j.nn.BatchPlan;
import dev.dpo4j.nn.DecodeWeights;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.HeadPass;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.LogProbs;
import dev.dpo4j.nn.LoraDropout;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.nn.Routing;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.tensor.Arena;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.probe.StepThreads;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A causal language model: embedding, decoder layers, final norm and a head that scores tokens.
 *
 * <p>Weights are one array, float32 or, under an adapter, also bfloat16 or packed in 4 or 8 bits;
 * the computation is float32 either way. {@link #score} computes log-probabilities, of a reward
 * model rewards; {@link #forward} also keeps what {@link Pass#backward} needs to add gradients to
 * {@link ParameterStore#grads}, of the adapter where there is one and else of the model.
 */
public final class CausalLm implements AutoCloseable {
  /**
   * Elements; what does not fit behind the last array of a block is wasted, so blocks are large.
   */
  private static final long ARENA_BLOCK = 64L << 20;

  private final ModelConfig config;
  private final LayerStyle style;
  private final ComputeOptions options;
  private final ParameterStore parameters;
  private final @Nullable LoraAdapter adapter;
  private final List<LoraAdapter> frozen;
  private final List<Runnable> owned = new ArrayList<>();
  private final Gemm gemm;
  private final Gemm.PackedWeights packed;
  private final Gemm stepGemm;
  private HeadPass.Head head;
  private final LayerStack layers;
  private final WorkingWeights weights;
  private final Arena arena = new Arena(ARENA_BLOCK);
  private final List<LayerLora> scoring;
  private List<LayerLora> training;
  private @Nullable LoraDropout dropout;
  private IntConsumer layerDone = layer -> {};
  private boolean lastPass;
  private @Nullable DividedWeights divided;

  /** Makes a model around weights that the caller closes. */
  public CausalLm(ModelConfig config, ParameterStore parameters, ComputeOptions options) {
    this(config, parameters, null, options);
  }

  /**
   * Makes a model around weights and an adapter on them; the caller closes both. With an adapter,
   * the backward pass reaches the adapter's gradients and no others.
   */
  public CausalLm(
      ModelConfig config,
      ParameterStore parameters,
      @Nullable LoraAdapter adapter,
      ComputeOptions options) {
    this(config, parameters, adapter, List.of(), options);
  }

  /** The same over further adapters that are not trained and are plain LoRA. */
  CausalLm(
      ModelConfig config,
      ParameterStore parameters,
      @Nullable LoraAdapter adapter,
      List<LoraAdapter> frozen,
      ComputeOptions options) {
    this.config = config;
    this.options = options;
    this.parameters = parameters;
    this.adapter = adapter;
    this.frozen = List.copyOf(frozen);
    this.scoring = loraLayers(null);
    this.training = scoring;
    this.gemm = new Gemm(options.compute());
    this.packed = new Gemm.PackedWeights(options.decodeWeights() == DecodeWeights.INT8);
    this.stepGemm = Gemm.forSteps(options.compute(), packed);
    this.style = config.style();
    this.head =
        config.head() == ModelHead.REWARD
            ? new ScalarHead()
            : new LogProbHead(
                gemm, options.headChunkBytes(), options.headKeepBytes(), style.logitCap());
    this.weights = new WorkingWeights(config, parameters, adapter, gemm.activations());
    this.layers = new LayerStack(config, weights, gemm, stepGemm);
  }

  /**
   * Loads a Hugging Face model folder, or an adapter's with the base model that it names.
   *
   * @throws ModelConfigException if config.json is missing, wrong or of an unknown architecture
   * @throws WeightsException if tensors are missing, unexpected or wrongly shaped; all are named
   */
  public static CausalLm load(Path folder, ComputeOptions options) {
    if (LoraFolder.isAdapter(folder) && LoraFolder.below(folder) != null) {
      LanguageModel whole = LanguageModel.load(folder);
      CausalLm model = whole.compute(options);
      model.owned.add(whole::close);
      return model;
    }
    Path base = LoraFolder.base(folder);
    ModelConfig stored = ModelConfig.read(base);
    ModelConfig config = AdapterRows.resized(folder, stored);
    ParameterStore parameters = WeightFiles.load(base, stored, config, BaseForm.FLOAT32);
    if (!LoraFolder.isAdapter(folder)) {
      CausalLm model = new CausalLm(config, parameters, options);
      model.owned.add(parameters::close);
      return model;
    }
    try {
      CausalLm model = owning(config, parameters, LoraFolder.load(folder, config), options);
      model.owned.add(parameters::close);
      return model;
    } catch (RuntimeException e) {
      parameters.close();
      throw e;
    }
  }

  /** A model that closes its adapter with itself. */
  static CausalLm owning(
      ModelConfig config, ParameterStore parameters, LoraAdapter adapter, ComputeOptions options) {
    return owning(config, parameters, adapter, List.of(), options);
  }

  /** The same over further adapters, which it does not close. */
  static CausalLm owning(
      ModelConfig config,
      ParameterStore parameters,
      LoraAdapter adapter,
      List<LoraAdapter> frozen,
      ComputeOptions options) {
    CausalLm model = new CausalLm(config, parameters, adapter, frozen, options);
    model.owned.add(adapter::close);
    return model;
  }

  private List<LayerLora> loraLayers(@Nullable LoraDropout masks) {
    List<LayerLora> top =
        adapter == null
            ? Collections.nCopies(config.layers(), LayerLora.NONE)
            : adapter.layers(masks);
    return FrozenAdapters.below(top, frozen);
  }

  /**
   * Drops inputs of the adapter in forward passes that can be followed by a backward pass.
   *
   * @throws IllegalStateException if the model has no adapter
   */
  public void trainWith(LoraDropout masks) {
    if (adapter == null) {
      throw new IllegalStateException("dropout acts on an adapter, but the model has none");
    }
    dropout = masks;
    training = loraLayers(masks);
  }

  /**
   * Lets somebody know, in the last backward pass of a step, when the gradient of a layer is whole;
   * layers end from the last to the first.
   */
  public void watchGradients(IntConsumer listener) {
    layerDone = listener;
  }

  /** Says that after the next backward pass no other adds to the gradients of this step. */
  public void nextPassIsLast() {
    lastPass = true;
  }

  /**
   * Lets {@link #score} and {@link #forward} judge tokens as they are drawn at a temperature: their
   * logits are divided by it. Generation has a temperature of its own.
   *
   * @throws IllegalStateException if the model is a reward model, which draws nothing
   */
  public void scoreAt(double temperature) {
    if (!(head instanceof LogProbHead tokens)) {
      throw new IllegalStateException("a reward model has no temperature: it draws no tokens");
    }
    head = tokens.at(temperature);
  }

  /**
   * Computes from now on with weights of which each process holds its part; all processes go
   * through them together. Only scores and passes that are trained with are possible then.
   */
  public void divide(DividedWeights newDivided) {
    weights.divide(newDivided);
    divided = newDivided;
    if (head instanceof LogProbHead tokens) {
      head = tokens.inOneChunk();
    }
  }

  private void begin(DividedWeights.Pass pass) {
    if (divided == null) {
      weights.refresh();
    } else {
      divided.begin(pass);
    }
  }

  /** The architecture. */
  public ModelConfig config() {
    return config;
  }

  /** How it computes. */
  public ComputeOptions options() {
    return options;
  }

  /** The weights and their gradients. */
  public ParameterStore parameters() {
    return parameters;
  }

  /** The adapter that is switched on, or null. */
  public @Nullable LoraAdapter adapter() {
    return adapter;
  }

  /**
   * Floating-point operations of training on {@code tokens} tokens as transformers estimates them:
   * 6 for each token and weight, frozen ones and an adapter's too, the embedding left out (a tied
   * head counts as embedding). A weight that an adapter replaces counts twice, a bias once, as PEFT
   * holds them.
   */
  public double trainingFlos(long tokens) {
    long embedding = (long) config.vocabSize() * config.hiddenSize();
    long adapted = adapter == null ? 0 : adapter.parameters().count() - adapter.biases();
    for (LoraAdapter below : frozen) {
      adapted += below.parameters().count();
    }
    return 6.0 * tokens * (parameters.weights() + adapted - embedding);
  }

  /**
   * What the loss that keeps experts evenly used is multiplied by; 0 in a model without experts. A
   * batch whose loss it is part of needs a row for every token.
   */
  public double auxiliaryCoefficient() {
    Experts experts = style.experts();
    return experts == null ? 0 : experts.auxiliaryCoefficient();
  }

  /** Tokens of the sequences that prompts are, or of that of each row. */
  private static int[] lengths(FlatBatch batch, KvCache cache) {
    return cache.readsPrompts()
        ? new int[] {Math.max(1, batch.longestSequence() - 1)}
        : Arrays.stream(batch.positions()).map(position -> position + 1).toArray();
  }

  /** The memory of activations. */
  public Arena arena() {
    return arena;
  }

  /** Computes the log-probabilities of a batch's entries, without keeping anything. */
  public TokenStats score(FlatBatch batch, LogProbHead.Want want) {
    Arena.Mark start = arena.mark();
    begin(DividedWeights.Pass.SCORE);
    try (Scope scope = Scope.open();
        BatchPlan plan = layers.plan(batch)) {
      Tensor x = lastLayer(plan);
      Tensor selected = arena.take(batch.scoredRows().length, config.hiddenSize());
      Ops.rows(selected, x, plan.scoredRows());
      Tensor normed = arena.take(gemm.activations(), selected.shape());
      layers.normLast(normed, selected, arena);
      HeadPass pass = head.forward(batch, normed, weights.headRows(), want, false, arena);
      if (divided != null) {
        divided.endHead();
      }
      return pass.stats();
    } finally {
      arena.release(start);
    }
  }

  /**
   * Computes the logits of every row of one sequence.
   *
   * @return {@code [ids, vocabulary]}, owned by the current scope or the caller
   */
  public Tensor logits(int[] ids) {
    int[] sequence = Arrays.copyOf(ids, ids.length + 1);
    FlatBatch batch = FlatBatch.of(List.of(FlatBatch.Tree.single(new int[0], sequence)));
    Tensor out = Tensor.empty(DType.FLOAT32, ids.length, weights.head().size(0));
    Arena.Mark start = arena.mark();
    weights.refresh();
    try (Scope scope = Scope.open();
        BatchPlan plan = layers.plan(batch, ids.length)) {
      Tensor x = lastLayer(plan);
      Tensor normed = arena.take(x.shape());
      layers.normLast(normed, x, arena);
      gemm.forward(out, normed, weights.head(), null);
      LogProbs.softCap(out, style.logitCap());
    } finally {
      arena.release(start);
    }
    return out;
  }

  /**
   * Opens a generation of up to that many sequences at once; the caller closes it. It computes with
   * the weights as they are now, and must not be used after they changed.
   *
   * @throws dev.dpo4j.config.value.ConfigException if weights in 8 bits are wanted and this device
   *     or model has none
   */
  public Decoder decoder(int sequences) {
    layers.packForSteps(packed);
    // Products of packed weights do not depend on the number of threads.
    StepThreads threads = weights.isPackedIn(packed) ? new StepThreads() : null;
    return new Decoder(this, sequences, false, threads);
  }

  /**
   * Opens a generation in which the logits of a sequence are the same to the last bit whatever its
   * neighbours are: prompts are read one by one, sequences attend one by one, and all products are
   * those of packed weights.
   *
   * @throws IllegalStateException if this device or these weights have no such products
   */
  public Decoder independentDecoder(int sequences) {
    layers.packForSteps(packed);
    if (!weights.isPackedIn(packed)) {
      throw new IllegalStateException(
          "products that do not depend on the batch need packed weights: a processor with AVX2, "
              + "float32 computation, weights of up to 11 bits held in float32, and no adapter");
    }
    return new Decoder(this, sequences, true, new StepThreads());
  }

  /**
   * Runs tokens that see those of a cache, and adds them to it.
   *
   * @param wanted the rows whose logits are wanted, null for all
   * @return their logits, row by row
   */
  float[] decode(FlatBatch batch, int @Nullable [] wanted, KvCache cache) {
    Arena.Mark start = arena.mark();
    try (Scope.Suspended records = Ops.unrecorded(parameters.readValues());
        Scope scope = Scope.open();
        BatchPlan plan = layers.plan(batch, lengths(batch, cache))) {
      Tensor last =
          layers.run(
              plan,
              arena,
              (layer, index, out, x) ->
                  layer.forwardCached(
                      out,
                      x,
                      layers.parts(index, scoring),
                      plan,
                      cache,
                      layers.step(index),
                      arena));
      if (wanted != null) {
        Tensor chosen = arena.take(wanted.length, config.hiddenSize());
        Ops.rows(chosen, last, Tensor.ofInts(wanted, wanted.length));
        last = chosen;
      }
      Tensor normed = arena.take(last.shape());
      layers.normLast(normed, last, arena);
      Tensor logits = stepGemm.times(normed, weights.stepHead(), arena);
      LogProbs.softCap(logits, style.logitCap());
      return logits.toFloats();
    } finally {
      arena.release(start);
    }
  }

  private Tensor lastLayer(BatchPlan plan) {
    return layers.run(
        plan,
        arena,
        (layer, index, out, x) -> layer.forward(out, x, layers.parts(index, scoring), plan, arena));
  }

  /**
   * Computes the log-probabilities of a batch's entries and keeps what the backward pass needs.
   *
   * <p>The pass must be closed, and passes of one model must not overlap.
   */
  public Pass forward(FlatBatch batch, LogProbHead.Want want) {
    if (dropout != null) {
      dropout.nextPass(batch);
    }
    return new Pass(batch, want);
  }

  /** How many layers keep their activations for a batch of that many rows. */
  int keptLayers(long rows) {
    long perLayer = rows * DecoderLayer.savedBytesPerRow(config, gemm.activations());
    return (int) Math.min(layers.size(), options.activationBytes() / Math.max(1, perLayer));
  }

  /** A forward pass that can be followed by a backward pass. */
  public final class Pass implements AutoCloseable {
    private final Arena.Mark start = arena.mark();
    private final Scope scope = Scope.open();
    private final BatchPlan plan;
    private final Routing.Load load;
    private final LayerStack.Kept kept;
    private final Tensor selected;
    private final Tensor inverse;
    private final HeadPass headPass;

    private Pass(FlatBatch batch, LogProbHead.Want want) {
      begin(DividedWeights.Pass.FORWARD);
      plan = layers.plan(batch);
      load = plan.countLoad();
      kept = layers.keep(plan, arena, training, options.offloadActivations());
      Tensor x = kept.forward(keptLayers(batch.rows()));
      selected = arena.take(batch.scoredRows().length, config.hiddenSize());
      Ops.rows(selected, x, plan.scoredRows());
      Tensor normed = arena.take(gemm.activations(), selected.shape());
      inverse = arena.take(selected.size(0), 1);
      layers.normLast(normed, inverse, selected);
      headPass = head.forward(batch, normed, weights.headRows(), want, true, arena);
      if (divided != null) {
        divided.endHead();
      }
    }

    /** Log-probabilities and metrics of the batch's entries. */
    public TokenStats stats() {
      return headPass.stats();
    }

    /**
     * Adds the gradient of a loss to the parameters' gradients. Call it at most once.
     *
     * @param entryWeight derivative of the loss by the log-probability of each entry
     */
    public void backward(float[] entryWeight) {
      backward(entryWeight, 0);
    }

    /** How the experts of the model are used. */
    public Routing.Load load() {
      return load;
    }

    /** How unevenly the experts of the model are used; see {@link Routing.Load}. */
    public double auxiliaryLoss() {
      return load.loss();
    }

    /**
     * The same for a loss that {@link #auxiliaryLoss} is part of.
     *
     * @param auxiliaryWeight its weight in the loss
     */
    public void backward(float[] entryWeight, double auxiliaryWeight) {
      load.weigh(auxiliaryWeight);
      kept.beginBackward();
      Tensor dNormed = arena.take(selected.shape());
      if (divided != null) {
        divided.begin(DividedWeights.Pass.BACKWARD);
      }
      headPass.backward(entryWeight, dNormed, weights.headRowsGradient(), arena);
      if (divided != null) {
        divided.endHeadBackward();
      }
      Tensor dSelected = arena.take(selected.shape()).zero_();
      layers.normLastBackward(dSelected, dNormed, selected, inverse, arena);
      Tensor dx = arena.take(plan.batch().rows(), config.hiddenSize()).zero_();
      dx.indexCopy_(plan.scoredRows(), dSelected);
      boolean last = lastPass;
      lastPass = false;
      for (int layer = layers.size() - 1; layer >= 0; layer--) {
        kept.backward(layer, dx);
        if (last) {
          layerDone.accept(layer);
        }
      }
      layers.embedBackward(dx, plan);
    }

    @Override
    public void close() {
      plan.close();
      scope.close();
      arena.release(start);
    }
  }

  @Override
  public void close() {
    arena.close();
    layers.close();
    packed.close();
    weights.close();
    owned.forEach(Runnable::run);
  }
}
