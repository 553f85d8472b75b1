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

/** Ministral: as Mistral, with windows in some of its layers. */
public final class Ministral implements Family {
  @Override
  public String className() {
    return "MinistralForCausalLM";
  }

  @Override
  public String modelType() {
    return "ministral";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        32_000, 4096, 14_336, 32, 32, 8, 0, 131_072, 4096, 1e-6, false, 1, List.of(2));
  }

  @Override
  public List<String> layerTypes(ConfigFields config, int layers) {
    boolean none = config.names("sliding_window") && !config.isSet("sliding_window");
    return LayerTypes.read(config, layers, layer -> !none);
  }

  @Override
  public void style(
      ConfigFields config, Sizes sizes, LayerStyle.Builder style) { // As in Llama, without biases.
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    LayerTypes.write(windows, fields);
  }
}
