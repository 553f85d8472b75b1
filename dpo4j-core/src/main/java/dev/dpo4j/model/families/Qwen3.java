/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.style.Sizes;
import java.util.List;
import java.util.Map;

/** Qwen3: Qwen2 with norms on query and key, and a head size of its own. */
public final class Qwen3 extends Qwen2 {
  @Override
  public String className() {
    return "Qwen3ForCausalLM";
  }

  @Override
  public String modelType() {
    return "qwen3";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        151_936, 4096, 22_016, 32, 32, 32, 128, 32_768, 4096, 1e-6, false, null, List.of());
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style.attentionBias(config).qkNorm(QkNorm.HEAD);
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
    QwenWindows.write(windows, fields);
  }
}
