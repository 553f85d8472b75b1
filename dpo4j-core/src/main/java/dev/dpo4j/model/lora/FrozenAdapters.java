/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.model.weights.WeightChecksum;
import dev.dpo4j.model.weights.WeightLayout;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The adapters below the one that a model is trained with.
 *
 * <p>Over weights in float32 they are merged, and only their folder is kept here. Over weights in
 * fewer bits, which cannot take them without loss, they stay beside the weights.
 */
public final class FrozenAdapters implements AutoCloseable {
  private final List<LoraAdapter> stacked = new ArrayList<>();
  private @Nullable Path folder;
  private String identity = "";

  /** Keeps where the last of them came from. */
  public void from(Path adapter) {
    folder = adapter;
  }

  /** Keeps by what checksums base and adapters are known. */
  public void knownBy(String checksums) {
    identity = checksums;
  }

  /**
   * Puts an adapter beside the weights.
   *
   * @throws ConfigException if it changes more than it can from there
   */
  public void stack(LoraAdapter adapter, Path adapterFolder) {
    if (adapter.needsWholeLayers() || !isUpdate(adapter)) {
      throw new ConfigException(
          new Fault(
              "create_new_adapter",
              "true",
              "needs the base in float32 where the adapter below trains more than plain LoRA, but %s has %s: set dtype float32 and no load_in_4bit or load_in_8bit, or make a model of it first with dpo4j merge"
                  .formatted(adapterFolder, adapter.config().describe())));
    }
    stacked.add(adapter);
  }

  private static boolean isUpdate(LoraAdapter adapter) {
    return adapter.config().modulesToSave().isEmpty() && adapter.replaced().isEmpty();
  }

  /** The folder of the adapter that is directly below; null where there is none. */
  public @Nullable Path folder() {
    return folder;
  }

  /** What {@link #knownBy} kept; empty where nothing was. */
  public String identity() {
    return identity;
  }

  /** The checksum of weights and of the adapters beside them. */
  public String with(String checksum) {
    String all = checksum;
    for (LoraAdapter adapter : stacked) {
      all = Checksums.of(all + WeightChecksum.of(adapter.parameters(), adapter.computation()));
    }
    return all;
  }

  /** Those beside the weights. */
  public List<LoraAdapter> stacked() {
    return Collections.unmodifiableList(stacked);
  }

  /** The computation of some adapters below that of another one, layer by layer. */
  public static List<LayerLora> below(List<LayerLora> top, List<LoraAdapter> frozen) {
    List<LayerLora> joined = top;
    for (LoraAdapter adapter : frozen) {
      List<LayerLora> others = adapter.frozenLayers();
      List<LayerLora> both = new ArrayList<>();
      for (int layer = 0; layer < joined.size(); layer++) {
        both.add(others.get(layer).with(joined.get(layer)));
      }
      joined = both;
    }
    return joined;
  }

  /**
   * Adds a share of all adapters' updates to weights that have the base's layout, after the base's
   * share.
   *
   * @param target becomes {@code (1 - share) * target + share * (base + updates)}
   * @param top the adapter above these; may be null
   */
  public void mixInto(
      ParameterStore target, ParameterStore base, @Nullable LoraAdapter top, double share) {
    for (Parameter parameter : target.parameters()) {
      Tensor own = base.value(WeightLayout.source(base, parameter.name()));
      target.value(parameter.name()).mul_(1 - share).add_(own, share);
    }
    stacked.forEach(below -> below.addTo(target, base, share));
    if (top != null) {
      top.addTo(target, base, share);
    }
  }

  @Override
  public void close() {
    stacked.forEach(LoraAdapter::close);
  }
}
