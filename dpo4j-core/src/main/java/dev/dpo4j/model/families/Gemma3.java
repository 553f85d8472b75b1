/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.Activation;
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

/**
 * Gemma 3, text: norms around both branches that scale by one plus their weight, GELU, a scaled
 * embedding, and windows in five of six layers.
 */
public final class Gemma3 implements Family {
  private static final int PERIOD = 6;
  private static final double SCALAR = 256;

  @Override
  public String className() {
    return "Gemma3ForCausalLM";
  }

  @Override
  public String modelType() {
    return "gemma3_text";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        262_208, 2304, 9216, 26, 8, 4, 256, 131_072, 4096, 1e-6, true, 2, List.of(1));
  }

  @Override
  public RopeRules rope() {
    return RopeRules.byLayerType(1_000_000, "rope_local_base_freq", 10_000);
  }

  @Override
  public String activationField() {
    return "hidden_activation";
  }

  @Override
  public Activation activation() {
    return Activation.GELU_TANH;
  }

  @Override
  public List<String> layerTypes(ConfigFields config, int layers) {
    int period = config.integer("sliding_window_pattern", PERIOD, 1, Integer.MAX_VALUE);
    return LayerTypes.read(config, layers, layer -> (layer + 1) % period != 0);
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    if (config.flag("use_bidirectional_attention", false)) {
      config.fault("use_bidirectional_attention", "true", "false (a model that writes text)");
    }
    Double cap = config.positiveOrNull("final_logit_softcapping");
    // transformers reads attn_logit_softcapping, too, and does not apply it.
    style
        .attentionBias(config)
        .qkNorm(QkNorm.HEAD)
        .names(TensorNames.GEMMA)
        .oneCentred()
        .embeddingScale((float) Math.sqrt(sizes.hidden()))
        .attentionScale(1 / Math.sqrt(config.positive("query_pre_attn_scalar", SCALAR)))
        .logitCap(cap == null ? 0 : cap);
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
    fields.put("attn_logit_softcapping", null);
    fields.put("final_logit_softcapping", style.logitCap() == 0 ? null : (Object) style.logitCap());
    fields.put(
        "query_pre_attn_scalar", Math.round(1 / (style.attentionScale() * style.attentionScale())));
    LayerTypes.write(windows, fields);
  }
}
