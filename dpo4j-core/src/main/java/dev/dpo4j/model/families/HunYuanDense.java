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

/** Hunyuan dense: norms on query and key behind the rotation. */
public final class HunYuanDense implements Family {
  @Override
  public String className() {
    return "HunYuanDenseV1ForCausalLM";
  }

  @Override
  public String modelType() {
    return "hunyuan_v1_dense";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(290_943, 4096, 11_008, 32, 32, 0, 0, 2048, 0, 1e-5, false, 1, List.of(2));
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style.attentionBias(config).qkNorm(QkNorm.HEAD_AFTER_ROTATION).names(TensorNames.HUNYUAN);
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
  }
}
