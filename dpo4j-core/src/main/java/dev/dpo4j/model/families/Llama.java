/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.Sizes;
import java.util.List;
import java.util.Map;

/** Llama 2 and 3, SmolLM2 and others of the same build. */
public final class Llama implements Family {
  @Override
  public String className() {
    return "LlamaForCausalLM";
  }

  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(32_000, 4096, 11_008, 32, 32, 0, 0, 2048, 0, 1e-6, false, 1, List.of(2));
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style.attentionBias(config).mlpBias(config.flag("mlp_bias", false));
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
    fields.put("mlp_bias", style.mlpBias());
  }
}
