/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.Sizes;
import java.util.List;
import java.util.Map;

/** Qwen2 and Qwen2.5: bias on query, key and value. */
public class Qwen2 implements Family {
  @Override
  public String className() {
    return "Qwen2ForCausalLM";
  }

  @Override
  public String modelType() {
    return "qwen2";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        151_936, 4096, 22_016, 32, 32, 32, 0, 32_768, 4096, 1e-6, false, null, List.of());
  }

  @Override
  public List<String> layerTypes(ConfigFields config, int layers) {
    return QwenWindows.layerTypes(config, layers);
  }

  @Override
  public List<Integer> windows(ConfigFields config, List<String> layerTypes) {
    return QwenWindows.windows(config, layerTypes, defaults().slidingWindow());
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style.attentionBias(true, false);
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    QwenWindows.write(windows, fields);
  }
}
