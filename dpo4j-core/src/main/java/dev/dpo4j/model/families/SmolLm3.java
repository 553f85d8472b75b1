/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.LayerTypes;
import dev.dpo4j.model.style.RopeRules;
import dev.dpo4j.model.style.Sizes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** SmolLM3: as Llama, but every fourth layer rotates nothing. */
public final class SmolLm3 implements Family {
  private static final String LAYERS = "no_rope_layers";
  private static final int INTERVAL = 4;

  @Override
  public String className() {
    return "SmolLM3ForCausalLM";
  }

  @Override
  public String modelType() {
    return "smollm3";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        128_256, 2048, 11_008, 36, 16, 4, 0, 32_768, 0, 1e-6, true, 128_000, List.of(128_001));
  }

  @Override
  public RopeRules rope() {
    return RopeRules.withTheta(2_000_000);
  }

  @Override
  public List<String> layerTypes(ConfigFields config, int layers) {
    List<Boolean> rotated = rotated(config, layers);
    boolean inUse = config.flag("use_sliding_window", false) && config.isSet("sliding_window");
    return LayerTypes.read(config, layers, layer -> inUse && !rotated.get(layer));
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style
        .attentionBias(config)
        .mlpBias(config.flag("mlp_bias", false))
        .rotated(rotated(config, sizes.layers()));
  }

  private static List<Boolean> rotated(ConfigFields config, int layers) {
    List<Integer> given = config.integers(LAYERS);
    if (given != null) {
      if (given.size() < layers) {
        config.fault(LAYERS, given.size() + " entries", layers + ", one a layer");
        return Collections.nCopies(layers, true);
      }
      return given.subList(0, layers).stream().map(flag -> flag != 0).toList();
    }
    int interval = config.integer("no_rope_layer_interval", INTERVAL, 1, Integer.MAX_VALUE);
    List<Boolean> rotated = new ArrayList<>();
    for (int layer = 1; layer <= layers; layer++) {
      rotated.add(layer % interval != 0);
    }
    return rotated;
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
    fields.put("mlp_bias", style.mlpBias());
    fields.put(LAYERS, style.rotated().stream().map(rotated -> rotated ? 1 : 0).toList());
    LayerTypes.write(windows, fields);
    fields.put("use_sliding_window", windows.stream().anyMatch(window -> window > 0));
  }
}
