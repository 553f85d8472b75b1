/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.Sizes;
import java.util.List;
import java.util.Map;

/** Seed-OSS: as Llama, with bias on query, key and value. */
public final class SeedOss implements Family {
  @Override
  public String className() {
    return "SeedOssForCausalLM";
  }

  @Override
  public String modelType() {
    return "seed_oss";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        155_136, 4096, 27_648, 64, 80, 8, 128, 524_288, 0, 1e-6, false, 0, List.of(2));
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style
        .attentionBias(
            config.flag("attention_bias", true), config.flag("attention_out_bias", false))
        .mlpBias(config.flag("mlp_bias", false));
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.qkvBias());
    fields.put("attention_out_bias", style.oBias());
    fields.put("mlp_bias", style.mlpBias());
  }
}
