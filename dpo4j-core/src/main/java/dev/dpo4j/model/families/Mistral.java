/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.LayerTypes;
import dev.dpo4j.model.style.Sizes;
import java.util.List;
import java.util.Map;

/** Mistral: as Llama, with a sliding window in every layer. */
public final class Mistral implements Family {
  @Override
  public String className() {
    return "MistralForCausalLM";
  }

  @Override
  public String modelType() {
    return "mistral";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        32_000, 4096, 14_336, 32, 32, 8, 0, 131_072, 4096, 1e-6, false, 1, List.of(2));
  }

  @Override
  public List<String> layerTypes(ConfigFields config, int layers) {
    if (config.texts("layer_types") != null) {
      // Such a model is Ministral to transformers, whatever its model_type says.
      config.fault("layer_types", "types of layers", "none for " + className());
    }
    return LayerTypes.allFull(layers);
  }

  @Override
  public List<Integer> windows(ConfigFields config, List<String> layerTypes) {
    return LayerTypes.sameWindow(config, layerTypes.size(), defaults().slidingWindow());
  }

  @Override
  public void style(
      ConfigFields config, Sizes sizes, LayerStyle.Builder style) { // As in Llama, without biases.
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    LayerTypes.writeWindow(windows, fields);
  }
}
