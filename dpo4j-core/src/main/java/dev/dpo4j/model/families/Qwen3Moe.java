/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.Defaults;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.style.Family;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.LayerTypes;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.style.Sizes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Qwen3 with experts in the place of most feed-forward blocks. */
public final class Qwen3Moe implements Family {
  private static final int COUNT = 128;
  private static final int PER_TOKEN = 8;
  private static final int INNER = 768;
  private static final int MAX = 1 << 16;
  private static final double COEFFICIENT = 0.001;

  @Override
  public String className() {
    return "Qwen3MoeForCausalLM";
  }

  @Override
  public String modelType() {
    return "qwen3_moe";
  }

  @Override
  public Defaults defaults() {
    return new Defaults(
        151_936, 2048, 6144, 24, 32, 4, 0, 32_768, 4096, 1e-6, false, null, List.of());
  }

  @Override
  public List<Integer> windows(ConfigFields config, List<String> layerTypes) {
    return config.flag("use_sliding_window", false)
        ? LayerTypes.sameWindow(config, layerTypes.size(), defaults().slidingWindow())
        : Collections.nCopies(layerTypes.size(), 0);
  }

  @Override
  public void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style) {
    style.attentionBias(config).qkNorm(QkNorm.HEAD).experts(experts(config, sizes.layers()));
  }

  private static Experts experts(ConfigFields config, int layers) {
    String field = config.isSet("num_local_experts") ? "num_local_experts" : "num_experts";
    int count = config.integer(field, COUNT, 1, MAX);
    int perToken = config.integer("num_experts_per_tok", PER_TOKEN, 1, MAX);
    if (perToken > count) {
      config.fault("num_experts_per_tok", perToken, "at most " + field + ", " + count);
    }
    Double coefficient = config.zeroOrMore("router_aux_loss_coef");
    return new Experts(
        count,
        Math.min(perToken, count),
        config.integer("moe_intermediate_size", INNER, 1, MAX),
        config.flag("norm_topk_prob", false),
        coefficient == null ? COEFFICIENT : coefficient,
        config.flag("output_router_logits", false),
        sparse(config, layers));
  }

  private static List<Boolean> sparse(ConfigFields config, int layers) {
    int step = config.integer("decoder_sparse_step", 1, 1, MAX);
    List<Integer> dense = config.integers("mlp_only_layers");
    List<Boolean> sparse = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      sparse.add((layer + 1) % step == 0 && (dense == null || !dense.contains(layer)));
    }
    return sparse;
  }

  @Override
  public void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {
    fields.put("attention_bias", style.oBias());
    Experts experts = Objects.requireNonNull(style.experts());
    List<Integer> dense = new ArrayList<>();
    for (int layer = 0; layer < windows.size(); layer++) {
      if (!style.isSparse(layer)) {
        dense.add(layer);
      }
    }
    fields.put("decoder_sparse_step", 1);
    fields.put("mlp_only_layers", dense);
    fields.put("moe_intermediate_size", experts.intermediateSize());
    fields.put("norm_topk_prob", experts.normalise());
    fields.put("num_experts", experts.count());
    fields.put("num_experts_per_tok", experts.perToken());
    fields.put("output_router_logits", experts.auxiliaryWanted());
    fields.put("router_aux_loss_coef", experts.auxiliaryCoefficient());
    fields.put("use_sliding_window", LayerTypes.writeWindow(windows, fields) > 0);
  }
}
