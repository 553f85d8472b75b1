/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.model.lora.LoraAdapter;
import dev.dpo4j.model.lora.LoraModule;
import dev.dpo4j.model.weights.DividedWeights;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.model.weights.RoundedWeights;
import dev.dpo4j.model.weights.SavedModule;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.Gemm;
import dev.dpo4j.nn.Gradients;
import dev.dpo4j.nn.HeadPass;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.quant.PackedWeight;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The float32 tensors that a model computes with, and where their gradients go.
 *
 * <p>Float32 weights are used where they lie. Of a base in bfloat16, under DoRA, and where an
 * adapter replaces weights of the layers, each decoder layer's weights are made when the layer is
 * entered, in the memory of one layer: as long as the layer computes, no other may be entered. So
 * are those of a base in 4 or 8 bits.
 *
 * <p>DoRA ("DoRA: Weight-Decomposed Low-Rank Adaptation", arXiv 2402.09353, equation 5) computes
 * with {@code W' = m * V / |V|}, {@code V = W + s B A}, row by row; the norm counts as a constant
 * in the gradient (section 4.3). The layer's gradient by W' is made in one layer's memory and
 * handed on to A, B and m.
 */
final class WorkingWeights implements AutoCloseable {
  private final ModelConfig config;
  private final ParameterStore base;
  private final @Nullable LoraAdapter adapter;
  private final List<LayerWeights> inPlace = new ArrayList<>();
  private final List<LayerWeights> gradients = new ArrayList<>();
  private final List<Tensor> owned = new ArrayList<>();
  private final Map<LoraModule, Tensor> gains = new EnumMap<>(LoraModule.class);
  private final Tensor embedding;
  private final Tensor finalNorm;
  private final Tensor head;
  private @Nullable Tensor wideHead;
  private final DType factors;
  private final @Nullable RoundedWeights rounded;
  private final Map<Integer, ParameterStore> made = new HashMap<>();
  private final Map<Integer, ParameterStore> layerGradients = new HashMap<>();
  private @Nullable DividedWeights divided;
  private long packedBase = -1;
  private long packedHead = -1;

  /**
   * Makes the working weights.
   *
   * @param factors type in which matrices are multiplied; bfloat16 only on devices that multiply it
   *     into float32 sums
   */
  WorkingWeights(
      ModelConfig config, ParameterStore base, @Nullable LoraAdapter adapter, DType factors) {
    this.config = config;
    this.base = base;
    this.adapter = adapter;
    this.factors = factors;
    this.rounded =
        factors == DType.BFLOAT16 && base.dtype() == DType.FLOAT32 && !isMade()
            ? new RoundedWeights(base, WeightLayout.allocate(config, DType.BFLOAT16))
            : null;
    for (int i = 0; !isMade() && i < config.layers(); i++) {
      LayerWeights values = LayerWeights.values(base, config, i);
      inPlace.add(
          rounded == null
              ? values
              : LayerWeights.values(rounded.store(), config, i).withSmall(values));
    }
    this.finalNorm =
        adapter != null && replaces(WeightNames.FINAL_NORM)
            ? adapter.replacement(WeightNames.FINAL_NORM)
            : float32(WeightNames.FINAL_NORM);
    this.embedding = whole(SavedModule.EMBED_TOKENS);
    this.head = whole(SavedModule.ofHead(config));
  }

  /**
   * Computes from now on with weights of which each process holds its part.
   *
   * @param newDivided the same weights, whose memory was given back
   */
  void divide(DividedWeights newDivided) {
    inPlace.clear();
    divided = newDivided;
  }

  /** The weights where each process holds its part, else null. */
  @Nullable DividedWeights divided() {
    return divided;
  }

  /** Whether a layer's weights are made when it is entered. */
  private boolean isMade() {
    return isNarrow() || base.isPacked() || isDora() || changesExperts() || replacesInLayers();
  }

  private boolean replacesInLayers() {
    return adapter != null
        && adapter.replaced().stream().anyMatch(name -> !name.equals(WeightNames.FINAL_NORM));
  }

  private boolean replaces(String name) {
    return adapter != null && adapter.replaced().contains(name);
  }

  private boolean changesExperts() {
    return adapter != null && adapter.hasExperts();
  }

  private boolean isNarrow() {
    return base.dtype() != DType.FLOAT32 && base.dtype() != factors;
  }

  /** Brings the bfloat16 copies of float32 weights up to date; to be called before each pass. */
  void refresh() {
    if (rounded != null) {
      rounded.refresh();
    }
  }

  /**
   * Renews packed copies of the matrices that were written to since the last time.
   *
   * @throws ConfigException if copies in 8 bits are wanted and cannot be made
   */
  void pack(Gemm.PackedWeights packed) {
    if (factors != DType.FLOAT32) {
      return;
    }
    if (packed.isInt8() && inPlace.isEmpty()) {
      throw noInt8(
          "they are made of weights that are held in float32, and not under DoRA or an"
              + " adapter that trains whole modules or biases of the layers");
    }
    if (base.values().version() != packedBase) {
      packedBase = base.values().version();
      for (LayerWeights w : inPlace) {
        add(packed, w.qkv());
        add(packed, w.o());
        if (w.router() == null) {
          // Experts are parts of their matrices, of which a step multiplies by few.
          add(packed, w.gateUp());
          add(packed, w.down());
        }
      }
    }
    if (head.version() != packedHead) {
      packedHead = head.version();
      add(packed, head);
    }
  }

  private static void add(Gemm.PackedWeights packed, Tensor w) {
    if (!packed.add(w)) {
      throw noInt8("they need a processor with AVX2 and weights that are finite");
    }
  }

  private static ConfigException noInt8(String reason) {
    return new ConfigException(
        new Fault("decode_weights", "", "weights in 8 bits are not possible here: " + reason));
  }

  /** Whether every product of a pass has its packed copy. */
  boolean isPackedIn(Gemm.PackedWeights packed) {
    return adapter == null
        && !inPlace.isEmpty()
        && packed.has(stepHead())
        && inPlace.stream()
            .flatMap(w -> Stream.of(w.qkv(), w.o(), w.gateUp(), w.down()))
            .allMatch(packed::has);
  }

  private boolean isDora() {
    return adapter != null && adapter.config().useDora();
  }

  private boolean isTrained(SavedModule module) {
    return adapter != null && adapter.config().modulesToSave().contains(module);
  }

  /** A matrix of the vocabulary in the type in which it is held: passes read few rows at a time. */
  private Tensor whole(SavedModule module) {
    if (adapter != null && isTrained(module)) {
      return adapter.parameters().value(module.adapter());
    }
    return module == SavedModule.SCORE
        ? float32(module.base(config))
        : base.value(module.base(config));
  }

  private Tensor float32(String name) {
    Tensor value = base.value(name);
    return isNarrow() ? ownCopy(value) : value;
  }

  private Tensor ownCopy(Tensor value) {
    Tensor copy = Scope.outside(() -> Tensor.empty(DType.FLOAT32, value.shape()).copy_(value));
    owned.add(copy);
    return copy;
  }

  /** The embedding, {@code [vocabulary, hidden]}. */
  Tensor embedding() {
    return embedding;
  }

  /** The scale of the final norm, {@code [hidden]}. */
  Tensor finalNorm() {
    return divided == null ? finalNorm : divided.small(WeightNames.FINAL_NORM);
  }

  /** The head as a factor, {@code [vocabulary, hidden]}; that of a reward model is not rounded. */
  Tensor head() {
    SavedModule module = SavedModule.ofHead(config);
    return rounded == null || module == SavedModule.SCORE || isTrained(module)
        ? head
        : rounded.store().value(module.base(config));
  }

  /**
   * The head for the steps of a decoder, each of which reads all of it: float32 where factors are,
   * made when it is first asked for.
   */
  Tensor stepHead() {
    Tensor present = wideHead;
    if (present == null) {
      Tensor narrow = head;
      boolean ready = narrow.dtype() == DType.FLOAT32 || factors != DType.FLOAT32;
      present = ready ? head() : ownCopy(narrow);
      wideHead = ready ? null : present;
    }
    return present;
  }

  /** The head as the head of a model reads it. */
  HeadPass.Matrix headRows() {
    return divided == null ? HeadPass.Matrix.of(head()) : divided.head();
  }

  /** Takes the gradient of the head; null where it is frozen. */
  HeadPass.@Nullable Matrix headRowsGradient() {
    if (divided != null) {
      return divided.headGradient();
    }
    Tensor gradient = gradient(SavedModule.ofHead(config));
    return gradient == null ? null : HeadPass.Matrix.of(gradient);
  }

  /** Whether the embedding has a gradient. */
  boolean trainsEmbedding() {
    return adapter == null || isTrained(SavedModule.EMBED_TOKENS);
  }

  /** The gradient of the embedding. */
  Tensor embeddingGradient() {
    return Objects.requireNonNull(gradient(SavedModule.EMBED_TOKENS));
  }

  /** The gradient of the final norm, or null where it is frozen. */
  @Nullable Tensor finalNormGradient() {
    if (adapter == null) {
      return divided == null
          ? base.grad(WeightNames.FINAL_NORM)
          : divided.smallGradient(WeightNames.FINAL_NORM);
    }
    return replaces(WeightNames.FINAL_NORM)
        ? adapter.replacementGradient(WeightNames.FINAL_NORM)
        : null;
  }

  private @Nullable Tensor gradient(SavedModule module) {
    if (adapter == null) {
      return base.grad(module.base(config));
    }
    return isTrained(module) ? adapter.parameters().grad(module.adapter()) : null;
  }

  /** Enters a layer. */
  LayerWeights layer(int index) {
    if (divided != null) {
      return LayerWeights.values(divided.layer(index), config, kind(index));
    }
    return isMade() ? LayerWeights.values(make(index), config, kind(index)) : inPlace.get(index);
  }

  /**
   * Where the gradients of a layer's own weights go, or null where they are frozen. The layer has
   * been entered for its backward pass, which {@link #leave} ends.
   */
  @Nullable LayerWeights gradients(int index) {
    if (adapter == null && divided != null) {
      return LayerWeights.values(divided.gradient(index), config, kind(index));
    }
    if (isDora()
        || replacesInLayers()
        || (changesExperts() && config.isSparse(index))
        || (adapter == null && base.hasNarrowGradients())) {
      int kind = kind(index);
      ParameterStore store = layerGradients.computeIfAbsent(kind, this::oneLayer);
      store.values().zero_();
      return LayerWeights.values(store, config, kind);
    }
    if (adapter != null) {
      return null;
    }
    for (int i = gradients.size(); i < config.layers(); i++) {
      gradients.add(LayerWeights.grads(base, config, i));
    }
    return gradients.get(index);
  }

  /** The layer whose names a layer has in the memory of one layer. */
  private int kind(int index) {
    return LayerWeights.representative(config, index);
  }

  private ParameterStore oneLayer(int kind) {
    ParameterStore.Layout layout = new ParameterStore.Layout();
    LayerWeights.declare(layout, config, kind);
    return layout.allocate();
  }

  private ParameterStore make(int index) {
    ParameterStore store = made.computeIfAbsent(kind(index), this::oneLayer);
    // Neighbours in the one are neighbours in the other: matrices first, then norms and biases.
    long split = store.decayedCount();
    try (Scope scope = Scope.open()) {
      if (base.isPacked()) {
        widen(store, index);
      } else {
        copy(store, 0, split, index);
      }
      copy(store, split, store.count() - split, index);
      if (adapter != null && replacesInLayers()) {
        putReplaced(adapter, store, index);
      }
      if (adapter != null && adapter.hasExperts()) {
        int kind = kind(index);
        adapter.addExperts(LayerWeights.values(store, config, kind), index);
      }
      if (adapter != null && isDora()) {
        for (LoraModule module : adapter.targets(index)) {
          Tensor weight = store.value(module.weight(kind(index)));
          gain(module, weight.size(0)).copy_(adapter.rescale(weight, index, module));
        }
      }
    }
    return store;
  }

  /** Makes the matrices of a layer, of which some or all are held in fewer bits. */
  private void widen(ParameterStore store, int index) {
    for (Parameter parameter : store.parameters()) {
      if (parameter.decayed()) {
        String name = LayerWeights.inLayer(parameter.name(), index);
        PackedWeight weight = base.packed().get(name);
        Tensor target = store.value(parameter.name());
        if (weight == null) {
          target.copy_(base.value(name));
        } else {
          weight.widen(target);
        }
      }
    }
  }

  private void copy(ParameterStore store, long from, long count, int index) {
    if (count == 0) {
      return;
    }
    String name = LayerWeights.inLayer(first(store, from), index);
    store
        .values()
        .narrow(0, from, count)
        .copy_(base.values().narrow(0, base.get(name).offset(), count));
  }

  private Tensor gain(LoraModule module, long rows) {
    return gains.computeIfAbsent(
        module, m -> Scope.outside(() -> Tensor.empty(DType.FLOAT32, rows, 1)));
  }

  /** Ends the backward pass of a layer: hands its gradient on to what is trained. */
  void leave(int index) {
    if (adapter == null && divided != null) {
      divided.leave(index);
      return;
    }
    int kind = kind(index);
    ParameterStore layer = made.get(kind);
    ParameterStore layerGradient = layerGradients.get(kind);
    if (layerGradient == null) {
      return;
    }
    if (adapter == null || layer == null) {
      addTo(base.gradients(), layerGradient, index);
      return;
    }
    if (adapter.hasExperts()) {
      adapter.takeExpertGradient(LayerWeights.values(layerGradient, config, kind), index);
    }
    takeReplaced(adapter, layerGradient, index);
    for (LoraModule module : isDora() ? adapter.targets(index) : List.<LoraModule>of()) {
      try (Scope scope = Scope.open()) {
        adapter.takeGradient(
            index,
            module,
            layerGradient.value(module.weight(kind)),
            layer.value(module.weight(kind)),
            gain(module, module.outputs(config)));
      }
    }
  }

  /** Puts what the adapter has in the place of a layer's weights there. */
  private static void putReplaced(LoraAdapter adapter, ParameterStore store, int index) {
    for (Parameter parameter : store.parameters()) {
      String name = LayerWeights.inLayer(parameter.name(), index);
      if (adapter.replaced().contains(name)) {
        store.value(parameter.name()).copy_(adapter.replacement(name));
      }
    }
  }

  /** Hands the gradients of these weights on to the adapter. */
  private static void takeReplaced(LoraAdapter adapter, ParameterStore gradient, int index) {
    for (Parameter parameter : gradient.parameters()) {
      String name = LayerWeights.inLayer(parameter.name(), index);
      if (adapter.replaced().contains(name)) {
        adapter.replacementGradient(name).add_(gradient.value(parameter.name()));
      }
    }
  }

  private void addTo(Gradients gradients, ParameterStore store, int index) {
    try (Scope scope = Scope.open()) {
      long split = store.decayedCount();
      long matrices = base.get(LayerWeights.inLayer(first(store, 0), index)).offset();
      long small = base.get(LayerWeights.inLayer(first(store, split), index)).offset();
      gradients.add(matrices, store.values().narrow(0, 0, split));
      gradients.add(small, store.values().narrow(0, split, store.count() - split));
    }
  }

  /** The parameter that begins at or after an offset. */
  private static String first(ParameterStore store, long offset) {
    return store.parameters().stream()
        .filter(parameter -> parameter.offset() >= offset)
        .findFirst()
        .orElseThrow()
        .name();
  }

  /** Bytes of one layer's weights; where kinds of layers differ, one of each. */
  static long layerBytes(ModelConfig config) {
    long bytes = 0;
    for (int layer = 0; layer < config.layers(); layer++) {
      if (LayerWeights.representative(config, layer) == layer) {
        ParameterStore.Layout layout = new ParameterStore.Layout();
        LayerWeights.declare(layout, config, layer);
        bytes += layout.count() * Float.BYTES;
      }
    }
    return bytes;
  }

  /**
   * Bytes that this takes beside the weights themselves.
   *
   * @param wholeLayers whether a layer's weights are made and have a gradient, as under DoRA
   */
  static long bytes(ModelConfig config, DType base, boolean wholeLayers) {
    if (wholeLayers) {
      return 2 * layerBytes(config);
    }
    return base == DType.FLOAT32 ? 0 : layerBytes(config);
  }

  @Override
  public void close() {
    if (rounded != null) {
      rounded.close();
    }
    owned.forEach(Tensor::close);
    gains.values().forEach(Tensor::close);
    made.values().forEach(ParameterStore::close);
    layerGradients.values().forEach(ParameterStore::close);
  }
}
