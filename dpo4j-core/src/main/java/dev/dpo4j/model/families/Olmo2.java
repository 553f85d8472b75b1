/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.style.Sizes;
import dev.dpo4j.model.style.TensorNames;
import java.util.List;
import java.util.Map;

/** OLMo 2: norms behind both branches, and over all heads of query and key. */
public final class Olmo2 implements Family {
  @Override
  public String className() {
    return "Olmo2ForCausalLM";
  }

  @Override
  public String modelType() {
    return "olmo2";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        50_304, 4096, 11_008, 32, 32, 0, 0, 2048, 0, 1e-5, false, null, List.of(50_279));
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style.attentionBias(config).qkNorm(QkNorm.ALL_HEADS).names(TensorNames.OLMO);
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
  }
}
