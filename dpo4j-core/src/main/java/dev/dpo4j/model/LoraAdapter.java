/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.nn.LoraDropout;
import dev.dpo4j.nn.LoraGroup;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import dev.dpo4j.tensor.TorchGenerator;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
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
          EnumSet.range(LoraModule.Q_PROJ, LoraModule.V_PROJ),
          EnumSet.of(LoraModule.O_PROJ),
          EnumSet.range(LoraModule.GATE_PROJ, LoraModule.UP_PROJ),
          EnumSet.of(LoraModule.DOWN_PROJ));

  private final ModelConfig model;
  private final LoraConfig config;
  private final ParameterStore parameters;

  private LoraAdapter(ModelConfig model, LoraConfig config) {
    this.model = model;
    this.config = config;
    ParameterStore.Layout layout = new ParameterStore.Layout();
    for (int layer = 0; layer < model.layers(); layer++) {
      for (Set<LoraModule> group : GROUPS) {
        for (LoraModule module : targets(group)) {
          layout.weight(module.adapter(layer, 'A'), config.r(), module.inputs(model));
        }
        for (LoraModule module : targets(group)) {
          layout.weight(module.adapter(layer, 'B'), module.outputs(model), config.r());
        }
      }
    }
    this.parameters = layout.allocate();
  }

  private List<LoraModule> targets(Set<LoraModule> group) {
    return group.stream().filter(config.targetModules()::contains).toList();
  }

  /** Makes an adapter whose matrices hold nothing yet. */
  static LoraAdapter allocate(ModelConfig model, LoraConfig config) {
    return new LoraAdapter(model, config);
  }

  /**
   * Makes an adapter that does not change the model yet: A uniform within {@code 1 / sqrt(inputs)},
   * B zero, as PEFT begins.
   */
  static LoraAdapter fresh(ModelConfig model, LoraConfig config, long seed) {
    LoraAdapter adapter = new LoraAdapter(model, config);
    TorchGenerator random = new TorchGenerator(seed);
    for (Parameter parameter : adapter.parameters.parameters()) {
      try (Scope scope = Scope.open()) {
        Tensor flat = adapter.parameters.values().narrow(0, parameter.offset(), parameter.count());
        if (parameter.name().contains(".lora_B.")) {
          flat.zero_();
        } else {
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
    return adapter;
  }

  /** An adapter with the same values in memory of its own. */
  LoraAdapter copy() {
    LoraAdapter copy = new LoraAdapter(model, config);
    copy.parameters.values().copy_(parameters.values());
    return copy;
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
  List<LayerLora> layers(@Nullable LoraDropout dropout) {
    List<LayerLora> layers = new ArrayList<>();
    for (int layer = 0; layer < model.layers(); layer++) {
      List<List<LoraGroup>> groups = new ArrayList<>();
      for (Set<LoraModule> group : GROUPS) {
        groups.add(groups(layer, targets(group), dropout));
      }
      layers.add(new LayerLora(groups.get(0), groups.get(1), groups.get(2), groups.get(3)));
    }
    return layers;
  }

  private List<LoraGroup> groups(
      int layer, List<LoraModule> modules, @Nullable LoraDropout dropout) {
    if (modules.isEmpty()) {
      return List.of();
    }
    List<LoraGroup.Member> members =
        modules.stream()
            .map(
                module ->
                    new LoraGroup.Member(
                        module.adapter(layer, 'A'),
                        module.adapter(layer, 'B'),
                        module.column(model),
                        module.outputs(model)))
            .toList();
    if (dropout == null) {
      return List.of(new LoraGroup(parameters, members, config.scale(), null, 0));
    }
    List<LoraGroup> single = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      List<LoraModule> all = List.of(LoraModule.values());
      long stream = (long) layer * all.size() + all.indexOf(modules.get(i));
      single.add(
          new LoraGroup(parameters, List.of(members.get(i)), config.scale(), dropout, stream));
    }
    return single;
  }

  /** Adds the update to the weights of the model that it was made for: {@code W += s * B A}. */
  void mergeInto(ParameterStore base) {
    addTo(base, 1);
  }

  /** Adds a share of the update to weights of the model's layout. */
  void addTo(ParameterStore base, double share) {
    try (Scope scope = Scope.open()) {
      for (int layer = 0; layer < model.layers(); layer++) {
        for (LoraModule module : config.targetModules()) {
          Tensor a = parameters.value(module.adapter(layer, 'A'));
          Tensor b = parameters.value(module.adapter(layer, 'B'));
          Tensor scaled = Tensor.empty(b.dtype(), b.shape()).copy_(b).mul_(share * config.scale());
          Ops.addmm_(base.value(module.weight(layer)), scaled, a);
        }
      }
    }
  }

  @Override
  public void close() {
    parameters.close();
  }
}
