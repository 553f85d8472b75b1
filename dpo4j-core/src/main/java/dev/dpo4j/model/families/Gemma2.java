/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.Activation;
import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.LayerTypes;
import dev.dpo4j.model.style.Sizes;
import dev.dpo4j.model.style.TensorNames;
import java.util.List;
import java.util.Map;

/**
 * Gemma 2: as Gemma 3 without norms of query and key, with bounded attention scores and logits, and
 * windows in every second layer.
 */
public final class Gemma2 implements Family {
  private static final double SCALAR = 256;
  private static final String SCORES = "attn_logit_softcapping";
  private static final String LOGITS = "final_logit_softcapping";
  private static final double SCORE_CAP = 50;
  private static final double LOGIT_CAP = 30;

  @Override
  public String className() {
    return "Gemma2ForCausalLM";
  }

  @Override
  public String modelType() {
    return "gemma2";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(256_000, 2304, 9216, 26, 8, 4, 256, 8192, 4096, 1e-6, true, 2, List.of(1));
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
    return LayerTypes.read(config, layers, layer -> layer % 2 == 0);
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    if (config.flag("use_bidirectional_attention", false)) {
      config.fault("use_bidirectional_attention", "true", "false (a model that writes text)");
    }
    style
        .attentionBias(config)
        .names(TensorNames.GEMMA)
        .oneCentred()
        .embeddingScale((float) Math.sqrt(sizes.hidden()))
        .attentionScale(1 / Math.sqrt(config.positive("query_pre_attn_scalar", SCALAR)))
        .scoreCap(cap(config, SCORES, SCORE_CAP))
        .logitCap(cap(config, LOGITS, LOGIT_CAP));
  }

  /** A bound; null in the file means none, and an absent field the usual one. */
  private static double cap(ConfigFields config, String field, double usual) {
    Double given = config.positiveOrNull(field);
    return given != null ? given : config.names(field) ? 0 : usual;
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
    fields.put(SCORES, style.scoreCap() == 0 ? null : (Object) style.scoreCap());
    fields.put(LOGITS, style.logitCap() == 0 ? null : (Object) style.logitCap());
    fields.put(
        "query_pre_attn_scalar", Math.round(1 / (style.attentionScale() * style.attentionScale())));
    LayerTypes.write(windows, fields);
  }
}
