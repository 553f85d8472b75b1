/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.RopeRules;
import dev.dpo4j.model.style.Sizes;
import java.util.List;
import java.util.Map;

/** ERNIE 4.5: as Llama, with neighbours of a head rotated. */
public final class Ernie45 implements Family {
  @Override
  public String className() {
    return "Ernie4_5ForCausalLM";
  }

  @Override
  public String modelType() {
    return "ernie4_5";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(103_424, 1024, 3072, 18, 16, 2, 128, 131_072, 0, 1e-5, true, 1, List.of(2));
  }

  @Override
  public RopeRules rope() {
    return RopeRules.withTheta(500_000);
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    boolean bias = config.flag("use_bias", false);
    style.attentionBias(bias, bias).mlpBias(bias).interleaved();
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("use_bias", style.mlpBias());
  }
}
