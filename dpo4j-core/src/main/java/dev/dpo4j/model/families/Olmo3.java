/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.LayerTypes;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.style.RopeRules;
import dev.dpo4j.model.style.Sizes;
import dev.dpo4j.model.style.TensorNames;
import java.util.List;
import java.util.Map;

/** OLMo 3: as OLMo 2, with a window in three of four layers. */
public final class Olmo3 implements Family {
  /** One layer of so many sees all. */
  private static final int PERIOD = 4;

  @Override
  public String className() {
    return "Olmo3ForCausalLM";
  }

  @Override
  public String modelType() {
    return "olmo3";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        50_304, 4096, 11_008, 32, 32, 0, 0, 2048, 4096, 1e-5, false, null, List.of(50_279));
  }

  @Override
  public RopeRules rope() {
    return RopeRules.byLayerType(500_000, "", 500_000);
  }

  @Override
  public List<String> layerTypes(ConfigFields config, int layers) {
    return LayerTypes.read(config, layers, layer -> (layer + 1) % PERIOD != 0);
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style.attentionBias(config).qkNorm(QkNorm.ALL_HEADS).names(TensorNames.OLMO);
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
    LayerTypes.write(windows, fields);
  }
}
