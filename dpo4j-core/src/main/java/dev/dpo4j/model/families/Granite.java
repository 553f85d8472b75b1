/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.Sizes;
import java.util.List;
import java.util.Map;

/** Granite 3: as Llama, with multipliers of embedding, attention, branches and logits. */
public final class Granite implements Family {
  @Override
  public String className() {
    return "GraniteForCausalLM";
  }

  @Override
  public String modelType() {
    return "granite";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(32_000, 4096, 11_008, 32, 32, 0, 0, 2048, 0, 1e-6, false, 1, List.of(2));
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style
        .attentionBias(config)
        .mlpBias(config.flag("mlp_bias", false))
        .embeddingScale(config.positive("embedding_multiplier", 1))
        .attentionScale(config.positive("attention_multiplier", 1))
        .residualScale(config.positive("residual_multiplier", 1))
        .logitScale(1 / config.positive("logits_scaling", 1));
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
    fields.put("mlp_bias", style.mlpBias());
    fields.put("embedding_multiplier", style.embeddingScale());
    fields.put("attention_multiplier", style.attentionScale());
    fields.put("residual_multiplier", style.residualScale());
    fields.put("logits_scaling", 1 / style.logitScale());
  }
}
