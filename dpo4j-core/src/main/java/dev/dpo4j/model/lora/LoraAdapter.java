/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.ModelHead;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.nn.LoraDropout;
import dev.dpo4j.nn.LoraGroup;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.TorchGenerator;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank updates of a model's linear layers, in a store of their own.
 *
 * <p>The base model's weights stay as they are. The tensors bear the names that PEFT gives them in
 * {@code adapter_model.safetensors}.
 */
public final class LoraAdapter implements AutoCloseable {
  private static final float TO_UNIT = 0x1p-24f;

  /** Layers that read the same input, and so have their matrices A side by side. */
  private static final List<EnumSet<LoraModule>> GROUPS =
      List.of(
          EnumSet.of(LoraModule.Q_PROJ, LoraModule.K_PROJ, LoraModule.V_PROJ, LoraModule.QKV_PROJ),
          EnumSet.of(LoraModule.O_PROJ),
          EnumSet.of(LoraModule.GATE_PROJ, LoraModule.UP_PROJ, LoraModule.GATE_UP_PROJ),
          EnumSet.of(LoraModule.DOWN_PROJ));

  private final ModelConfig model;
  private final LoraConfig config;
  private final LoraSites sites;
  private final ParameterStore parameters;
  private final ExpertLora experts;

  private LoraAdapter(ModelConfig model, LoraConfig lora) {
    this.model = model;
    this.sites = new LoraSites(model, lora);
    this.config = lora.targets().pattern() == null ? lora.withModules(sites.namesInUse()) : lora;
    ParameterStore.Layout layout = new ParameterStore.Layout();
    for (int layer = 0; layer < model.layers(); layer++) {
      int current = layer;
      for (Set<LoraModule> group : GROUPS) {
        sites.alike(layer, group).forEach(alike -> declare(layout, current, alike));
      }
      if (model.isSparse(layer)) {
        ExpertLora.declare(layout, model, config, layer);
      }
      if (config.useDora()) {
        for (LoraModule module : targets(layer)) {
          layout.weight(module.magnitude(layer), module.outputs(model));
        }
      }
    }
    for (SavedModule module : config.modulesToSave()) {
      layout.weight(module.adapter(), module.rows(model), model.hiddenSize());
    }
    for (LoraSites.Whole whole : sites.whole().values()) {
      if (whole.matrix()) {
        layout.weight(whole.adapter(), whole.shape());
      } else {
        layout.undecayed(whole.adapter(), whole.shape());
      }
    }
    this.parameters = layout.allocate();
    this.experts = new ExpertLora(model, this.config, parameters);
  }

  private void declare(ParameterStore.Layout layout, int layer, List<LoraSites.Site> alike) {
    for (LoraSites.Site site : alike) {
      LoraModule module = site.module();
      layout.weight(module.adapter(layer, 'A'), site.rank(), module.inputs(model));
    }
    for (LoraSites.Site site : alike) {
      LoraModule module = site.module();
      layout.weight(module.adapter(layer, 'B'), module.outputs(model), site.rank());
    }
  }

  /** Whether it changes experts or routers, whose weights are then made for each layer. */
  public boolean hasExperts() {
    return !config.targetParameters().isEmpty();
  }

  /** Adds the updates of experts to weights of a layer. */
  public void addExperts(LayerWeights weights, int layer) {
    if (model.isSparse(layer)) {
      experts.addTo(weights, layer, 1);
    }
  }

  /** Takes the gradient of a layer's weights for that of the updates of its experts. */
  public void takeExpertGradient(LayerWeights gradient, int layer) {
    if (model.isSparse(layer)) {
      experts.takeGradient(gradient, layer);
    }
  }

  /** The modules of a layer that are adapted. */
  public List<LoraModule> targets(int layer) {
    return sites.modules(layer);
  }

  /** The modules that are adapted in some layer. */
  public Set<LoraModule> targets() {
    return sites.modules();
  }

  /** The rank of a layer's adapter. */
  public int rank(int layer, LoraModule module) {
    return sites.site(layer, module).rank();
  }

  /** What the update of a layer is multiplied by. */
  public double scale(int layer, LoraModule module) {
    return sites.site(layer, module).scale();
  }

  /** What the update of a weight of the model is multiplied by. */
  public double scale(String weight) {
    for (int layer = 0; layer < model.layers(); layer++) {
      for (LoraModule module : targets(layer)) {
        if (module.weight(layer).equals(weight)) {
          return scale(layer, module);
        }
      }
    }
    throw new IllegalArgumentException("there is no adapter on " + weight);
  }

  /** What tells it apart from an adapter with the same matrices, as text. */
  public String computation() {
    boolean plain = config.targets().isPlain();
    return (plain ? config.scale() : sites.scales()) + " " + config.useDora();
  }

  /** Names of the weights of the model, but embedding and head, that it replaces as a whole. */
  public Set<String> replaced() {
    return sites.whole().keySet();
  }

  /** Whether layers are computed with weights of its own, and have a gradient for it. */
  public boolean needsWholeLayers() {
    return config.useDora()
        || hasExperts()
        || replaced().stream().anyMatch(name -> !name.equals(WeightNames.FINAL_NORM));
  }

  /** What it has in the place of a weight of the model that it replaces. */
  public Tensor replacement(String weight) {
    return parameters.value(whole(weight).adapter());
  }

  /** The gradient of a weight that it replaces. */
  public Tensor replacementGradient(String weight) {
    return parameters.grad(whole(weight).adapter());
  }

  private LoraSites.Whole whole(String weight) {
    return Objects.requireNonNull(sites.whole().get(weight), weight);
  }

  /** How many of its weights are the model's own biases, of which there is no second copy. */
  public long biases() {
    return sites.whole().values().stream()
        .filter(whole -> whole.adapter().endsWith(".bias"))
        .mapToLong(whole -> whole.shape()[0])
        .sum();
  }

  /** Makes an adapter whose matrices hold nothing yet. */
  static LoraAdapter allocate(ModelConfig model, LoraConfig config) {
    return new LoraAdapter(model, config);
  }

  /**
   * Makes an adapter that does not change the model yet: A uniform within {@code 1 / sqrt(inputs)},
   * B zero, DoRA's lengths those of the rows, whole modules as they are, as PEFT begins.
   *
   * @param base the weights of the model
   */
  public static LoraAdapter fresh(
      ModelConfig model, LoraConfig config, long seed, ParameterStore base) {
    LoraAdapter adapter = new LoraAdapter(model, config);
    adapter.drawMatrices(seed);
    try (Scope scope = Scope.open()) {
      for (int layer = 0; config.useDora() && layer < model.layers(); layer++) {
        for (LoraModule module : adapter.targets(layer)) {
          Tensor weight =
              base.widened(module.weight(layer), module.outputs(model), module.inputs(model));
          Ops.rowNorm(adapter.magnitude(layer, module), weight);
        }
      }
      for (SavedModule module : config.modulesToSave()) {
        adapter.parameters.value(module.adapter()).copy_(base.value(module.base(model)));
      }
      for (String name : adapter.replaced()) {
        Tensor own = adapter.replacement(name);
        own.copy_(base.widened(name, own.shape()));
      }
    }
    return adapter;
  }

  private void drawMatrices(long seed) {
    TorchGenerator random = new TorchGenerator(seed);
    for (Parameter parameter : parameters.parameters()) {
      try (Scope scope = Scope.open()) {
        Tensor flat = parameters.values().narrow(0, parameter.offset(), parameter.count());
        if (parameter.name().contains(".lora_B.")) {
          flat.zero_();
        } else if (parameter.name().contains(".lora_A.")) {
          double bound = 1 / Math.sqrt((double) parameter.shape()[1]);
          float[] values = new float[Math.toIntExact(parameter.count())];
          for (int i = 0; i < values.length; i++) {
            float unit = (random.nextInt() >>> Byte.SIZE) * TO_UNIT;
            values[i] = (float) ((2 * unit - 1) * bound);
          }
          flat.copy_(Tensor.ofFloats(values, values.length));
        }
      }
    }
  }

  /** DoRA's lengths of a layer's rows, {@code [outputs, 1]}. */
  private Tensor magnitude(int layer, LoraModule module) {
    return parameters.value(module.magnitude(layer), module.outputs(model), 1);
  }

  /**
   * Makes W' of W in place: adds the update and gives each row its length.
   *
   * @return what each row was multiplied by, {@code [outputs, 1]}
   */
  public Tensor rescale(Tensor weight, int layer, LoraModule module) {
    addUpdate(weight, layer, module, 1);
    Tensor norms = Tensor.empty(DType.FLOAT32, weight.size(0), 1);
    Ops.rowNorm(norms, weight);
    Tensor gain =
        Tensor.empty(DType.FLOAT32, norms.shape()).copy_(magnitude(layer, module)).div_(norms);
    weight.mul_(gain);
    return gain;
  }

  /**
   * Adds the gradients of A, B and m.
   *
   * @param gradient by W', {@code [outputs, inputs]}; it is used up
   * @param rescaled W'
   * @param gain what each row was multiplied by, {@code [outputs, 1]}
   */
  public void takeGradient(
      int layer, LoraModule module, Tensor gradient, Tensor rescaled, Tensor gain) {
    Tensor product = Tensor.empty(DType.FLOAT32, gradient.shape());
    Ops.mul(product, gradient, rescaled);
    Tensor sums = Tensor.empty(DType.FLOAT32, gain.shape());
    Ops.rowSum(sums, product);
    Tensor lengths = magnitude(layer, module);
    parameters.grad(module.magnitude(layer), module.outputs(model), 1).add_(sums.div_(lengths));
    gradient.mul_(gain).mul_(scale(layer, module));
    String a = module.adapter(layer, 'A');
    String b = module.adapter(layer, 'B');
    Ops.addmm_(parameters.grad(b), gradient, parameters.value(a).transpose(0, 1));
    Ops.addmm_(parameters.grad(a), parameters.value(b).transpose(0, 1), gradient);
  }

  /** An adapter with the same values in memory of its own. */
  public LoraAdapter copy() {
    LoraAdapter copy = new LoraAdapter(model, config);
    copy.parameters.values().copy_(parameters.values());
    return copy;
  }

  /** Whether it is the adapter of a reward model. */
  boolean isOfRewardModel() {
    return model.head() == ModelHead.REWARD;
  }

  /** The model that it is on. */
  ModelConfig model() {
    return model;
  }

  /** How it is built. */
  public LoraConfig config() {
    return config;
  }

  /** Its weights and their gradients. */
  public ParameterStore parameters() {
    return parameters;
  }

  /** The computation of every layer; with dropout each module has inputs of its own. */
  public List<LayerLora> layers(@Nullable LoraDropout dropout) {
    List<LayerLora> layers = new ArrayList<>();
    for (int layer = 0; layer < model.layers(); layer++) {
      List<List<LoraGroup>> groups = new ArrayList<>();
      for (Set<LoraModule> group : GROUPS) {
        groups.add(
            config.useDora() ? List.of() : groups(layer, sites.alike(layer, group), dropout));
      }
      layers.add(new LayerLora(groups.get(0), groups.get(1), groups.get(2), groups.get(3)));
    }
    return layers;
  }

  /** The computation of every layer where this adapter is not trained. */
  public List<LayerLora> frozenLayers() {
    List<LayerLora> layers = layers(null);
    for (LayerLora layer : layers) {
      List.of(layer.qkv(), layer.o(), layer.gateUp(), layer.down())
          .forEach(groups -> groups.forEach(LoraGroup::freeze));
    }
    return layers;
  }

  /** One group for all that are alike; DoRA has none, it changes the layer's own weights. */
  private List<LoraGroup> groups(
      int layer, List<List<LoraSites.Site>> alike, @Nullable LoraDropout dropout) {
    List<LoraGroup> groups = new ArrayList<>();
    for (List<LoraSites.Site> sitesOfGroup : alike) {
      double scale = sitesOfGroup.get(0).scale();
      List<LoraGroup.Member> members = new ArrayList<>();
      for (LoraSites.Site site : sitesOfGroup) {
        LoraModule module = site.module();
        LoraGroup.Member member = member(layer, module);
        members.add(member);
        if (dropout != null) {
          List<LoraModule> all = List.of(LoraModule.values());
          long stream = (long) layer * all.size() + all.indexOf(module);
          groups.add(new LoraGroup(parameters, List.of(member), scale, dropout, stream));
        }
      }
      if (dropout == null) {
        groups.add(new LoraGroup(parameters, members, scale, null, 0));
      }
    }
    return groups;
  }

  private LoraGroup.Member member(int layer, LoraModule module) {
    return new LoraGroup.Member(
        module.adapter(layer, 'A'),
        module.adapter(layer, 'B'),
        module.column(model),
        module.outputs(model));
  }

  /** Makes the model's weights those that the adapter computes with; see {@link #addTo}. */
  public void mergeInto(ParameterStore base) {
    addTo(base, base, 1);
  }

  /**
   * Whether head and embedding, which the model ties, are two matrices under this adapter: it
   * trains one of them, or each, as a whole.
   */
  public boolean breaksTie() {
    return model.tieWordEmbeddings() && !config.modulesToSave().isEmpty();
  }

  /**
   * Adds a share of what the adapter changes to weights of the model's layout.
   *
   * @param target where it is added; may be the base itself
   * @param base the weights that the adapter is on
   * @throws IllegalStateException if the adapter has a head or an embedding of its own and the
   *     target holds both in one matrix
   */
  public void addTo(ParameterStore target, ParameterStore base, double share) {
    if (breaksTie() && !target.has(WeightNames.HEAD)) {
      throw new IllegalStateException(
          "the adapter has a matrix of its own (modules_to_save %s), but the weights tie the head to the embedding and cannot hold both"
              .formatted(config.modulesToSave().stream().map(SavedModule::moduleName).toList()));
    }
    for (int layer = 0; layer < model.layers(); layer++) {
      if (hasExperts() && model.isSparse(layer)) {
        experts.addTo(LayerWeights.values(target, model, layer), layer, share);
      }
      for (LoraModule module : targets(layer)) {
        String name = module.weight(layer);
        try (Scope scope = Scope.open()) {
          if (config.useDora()) {
            addRescaled(target.value(name), base.value(name), layer, module, share);
          } else {
            addUpdate(target.value(name), layer, module, share);
          }
        }
      }
    }
    for (SavedModule module : config.modulesToSave()) {
      try (Scope scope = Scope.open()) {
        String before = base.has(module.weight()) ? module.weight() : module.base(model);
        Tensor change = copyOf(parameters.value(module.adapter())).sub_(base.value(before));
        target.value(module.weight()).add_(change, share);
      }
    }
    for (String name : replaced()) {
      try (Scope scope = Scope.open()) {
        target.value(name).add_(copyOf(replacement(name)).sub_(base.value(name)), share);
      }
    }
  }

  private void addRescaled(
      Tensor target, Tensor weight, int layer, LoraModule module, double share) {
    Tensor rescaled = copyOf(weight);
    rescale(rescaled, layer, module);
    target.add_(rescaled.sub_(weight), share);
  }

  private void addUpdate(Tensor target, int layer, LoraModule module, double share) {
    Tensor b =
        copyOf(parameters.value(module.adapter(layer, 'B'))).mul_(share * scale(layer, module));
    Ops.addmm_(target, b, parameters.value(module.adapter(layer, 'A')));
  }

  private static Tensor copyOf(Tensor tensor) {
    return Tensor.empty(DType.FLOAT32, tensor.shape()).copy_(tensor);
  }

  @Override
  public void close() {
    parameters.close();
  }
}
