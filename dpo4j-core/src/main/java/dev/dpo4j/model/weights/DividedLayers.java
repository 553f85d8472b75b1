/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.dist.Collectives;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.nn.shard.DividedStore;
import dev.dpo4j.tensor.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * Puts the weights of one decoder layer together while the one before is computed, in the memory of
 * two layers.
 */
final class DividedLayers implements AutoCloseable {
  private static final int NONE = -1;

  private final ModelConfig config;
  private final DividedStore store;
  private final int firstUnit;
  private final List<Slot> slots = List.of(new Slot(), new Slot());
  private final Memory gradients = new Memory();

  /** Makes the layers, whose units begin with a number. */
  DividedLayers(ModelConfig config, DividedStore store, int firstUnit) {
    this.config = config;
    this.store = store;
    this.firstUnit = firstUnit;
  }

  /** Memory of one layer, of each kind that the model has. */
  private final class Memory {
    private final List<ParameterStore> ofKind = new ArrayList<>();
    private final List<Integer> kinds = new ArrayList<>();

    ParameterStore of(int layer) {
      int kind = LayerWeights.representative(config, layer);
      int known = kinds.indexOf(kind);
      if (known < 0) {
        ParameterStore.Layout layout = new ParameterStore.Layout();
        LayerWeights.declare(layout, config, kind);
        ofKind.add(layout.allocate());
        kinds.add(kind);
        known = kinds.size() - 1;
      }
      return ofKind.get(known);
    }

    void close() {
      ofKind.forEach(ParameterStore::close);
    }
  }

  /** A layer in memory, or on its way there. */
  private final class Slot {
    private final Memory memory = new Memory();
    private int layer = NONE;
    private Collectives.Pending pending = () -> {};

    void begin(int index) {
      layer = index;
      ParameterStore whole = memory.of(index);
      try (Scope scope = Scope.open()) {
        pending =
            store.beginGather(firstUnit + index, whole.values().narrow(0, 0, whole.decayedCount()));
        putSmall(whole, index);
      }
    }

    void await() {
      pending.await();
      pending = () -> {};
    }

    void forget() {
      await();
      layer = NONE;
    }
  }

  /** Copies norms and biases, which every process has. */
  private void putSmall(ParameterStore whole, int index) {
    for (Parameter parameter : whole.parameters()) {
      if (!parameter.decayed()) {
        whole
            .value(parameter.name())
            .copy_(store.small().value(LayerWeights.inLayer(parameter.name(), index)));
      }
    }
  }

  /** Says that the weights may have changed since. */
  void forget() {
    slots.forEach(Slot::forget);
  }

  /**
   * The weights of a layer, which stay until another one is entered.
   *
   * @param next the layer that is entered next; where there is none, no layer of the model
   */
  ParameterStore enter(int index, int next) {
    Slot slot = slots.get(0).layer == index ? slots.get(0) : slots.get(1);
    if (slot.layer != index) {
      slot.forget();
      slot.begin(index);
    }
    slot.await();
    Slot other = slot == slots.get(0) ? slots.get(1) : slots.get(0);
    if (next >= 0 && next < config.layers() && other.layer != next) {
      other.forget();
      other.begin(next);
    }
    return slot.memory.of(index);
  }

  /** Memory for the gradient of a layer, zeroed. */
  ParameterStore gradient(int index) {
    ParameterStore gradient = gradients.of(index);
    gradient.values().zero_();
    return gradient;
  }

  /** Adds the gradient of a layer to those of its owners. */
  void addGradient(int index) {
    ParameterStore gradient = gradients.of(index);
    try (Scope scope = Scope.open()) {
      store.addSum(firstUnit + index, gradient.values().narrow(0, 0, gradient.decayedCount()));
      for (Parameter parameter : gradient.parameters()) {
        if (!parameter.decayed()) {
          String name = LayerWeights.inLayer(parameter.name(), index);
          store.small().grad(name).add_(gradient.value(parameter.name()));
        }
      }
    }
  }

  @Override
  public void close() {
    slots.forEach(slot -> slot.memory.close());
    gradients.close();
  }
}
