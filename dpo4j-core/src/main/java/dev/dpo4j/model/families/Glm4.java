/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.RopeRules;
import dev.dpo4j.model.style.Sizes;
import dev.dpo4j.model.style.TensorNames;
import java.util.List;
import java.util.Map;

/** GLM-4-0414: norms around both branches, neighbours in half of each head rotated. */
public final class Glm4 implements Family {
  @Override
  public String className() {
    return "Glm4ForCausalLM";
  }

  @Override
  public String modelType() {
    return "glm4";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        151_552,
        4096,
        13_696,
        40,
        32,
        2,
        128,
        131_072,
        0,
        0.00000015625,
        false,
        null,
        List.of(151_329, 151_336, 151_338));
  }

  @Override
  public RopeRules rope() {
    return RopeRules.partial(0.5);
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style
        .attentionBias(config.flag("attention_bias", true), false)
        .names(TensorNames.GLM)
        .interleaved();
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.qkvBias());
  }
}
