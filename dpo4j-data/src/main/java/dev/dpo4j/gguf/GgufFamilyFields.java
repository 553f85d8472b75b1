/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads what the keys of a GGUF file say of one family alone, into fields of config.json. */
final class GgufFamilyFields {
  private final GgufFile file;
  private final GgufArchitecture family;
  private final Map<String, Object> fields;
  private final List<String> faults;

  GgufFamilyFields(
      GgufFile file, GgufArchitecture family, Map<String, Object> fields, List<String> faults) {
    this.file = file;
    this.family = family;
    this.fields = fields;
    this.faults = faults;
  }

  /** The class of transformers; families that share a name in llama.cpp differ in their windows. */
  String className() {
    List<String> names = family.classNames();
    return switch (family) {
      case LLAMA -> window() == 0 ? names.get(0) : hasPattern() ? names.get(2) : names.get(1);
      case OLMO2 -> window() == 0 ? names.get(0) : names.get(1);
      default -> names.get(0);
    };
  }

  /**
   * Adds fields.
   *
   * @param rope the rotary embedding of layers that see all
   */
  void read(Map<String, Object> rope) {
    switch (family) {
      case LLAMA -> readWindows(1);
      case OLMO2 -> {
        readWindows(GgufArchitecture.OLMO_PERIOD);
        if (window() > 0) {
          bothRopes(rope, rope.getOrDefault("rope_theta", 10_000.0));
        }
      }
      case GEMMA2 -> {
        readGemma(GgufArchitecture.GEMMA2_PERIOD);
        fields.put("attn_logit_softcapping", file.metadata().get(key("attn_logit_softcapping")));
      }
      case GEMMA3 -> {
        readGemma(GgufArchitecture.GEMMA_PERIOD);
        Object local = file.metadata().get(key("rope.freq_base_swa"));
        bothRopes(rope, local == null ? (Object) 10_000.0 : local);
      }
      case PHI3 -> readPhi(rope);
      case GLM4 -> {
        fields.put("attention_bias", hasTensor("blk.0.attn_q.bias"));
        readPartialRotation(rope);
      }
      case SEED_OSS -> {
        fields.put("attention_out_bias", fields.get("attention_bias"));
        fields.put("attention_bias", hasTensor("blk.0.attn_q.bias"));
      }
      case ERNIE45 -> fields.put("use_bias", fields.get("mlp_bias"));
      case GRANITE -> {
        copy("embedding_scale", "embedding_multiplier", 1);
        copy("residual_scale", "residual_multiplier", 1);
        copy("logit_scale", "logits_scaling", 1);
        copy("attention.scale", "attention_multiplier", 1 / Math.sqrt((double) whole("head_dim")));
      }
      case QWEN3_MOE -> readExperts();
      case QWEN2, QWEN3, SMOLLM3, HUNYUAN -> {
        // Nothing of their own.
      }
    }
  }

  private void readWindows(long period) {
    long window = window();
    if (window == 0) {
      return;
    }
    fields.put("sliding_window", window);
    if (!className().equals("MistralForCausalLM")) {
      List<String> types = new ArrayList<>();
      List<Boolean> pattern = pattern(period);
      for (long layer = 0; layer < whole("num_hidden_layers"); layer++) {
        boolean slides = layer < pattern.size() && pattern.get((int) layer);
        types.add(slides ? "sliding_attention" : "full_attention");
      }
      fields.put("layer_types", types);
    }
  }

  /**
   * Whether each layer has a window: the file lists them, or says which one of several has none.
   */
  private List<Boolean> pattern(long absent) {
    Object found = file.metadata().get(key("attention.sliding_window_pattern"));
    List<Boolean> pattern = new ArrayList<>();
    if (found instanceof List<?> list) {
      list.forEach(slides -> pattern.add(Boolean.TRUE.equals(slides)));
      return pattern;
    }
    long period = found instanceof Long given && given > 0 ? given : absent;
    for (long layer = 1; layer <= Math.min(whole("num_hidden_layers"), 1 << 20); layer++) {
      pattern.add(layer % period != 0);
    }
    return pattern;
  }

  private void readGemma(long period) {
    readWindows(period);
    fields.remove("hidden_act");
    fields.put("hidden_activation", "gelu_pytorch_tanh");
    long hidden = whole("hidden_size");
    boolean large = family.scalesByWidth(whole("num_hidden_layers"));
    fields.put(
        "query_pre_attn_scalar",
        large ? hidden / Math.max(1, whole("num_attention_heads")) : whole("head_dim"));
    Object cap = file.metadata().get(key("final_logit_softcapping"));
    fields.put("final_logit_softcapping", cap);
  }

  /** Layers with windows rotate plainly. */
  private void bothRopes(Map<String, Object> rope, Object theta) {
    Map<String, Object> sliding = new LinkedHashMap<>();
    sliding.put("rope_type", "default");
    sliding.put("rope_theta", theta);
    Map<String, Object> both = new LinkedHashMap<>();
    both.put("full_attention", rope);
    both.put("sliding_attention", sliding);
    fields.put("rope_parameters", both);
  }

  private void readPhi(Map<String, Object> rope) {
    readPartialRotation(rope);
    Object original = file.metadata().get(key("rope.scaling.original_context_length"));
    if (original != null) {
      fields.put("original_max_position_embeddings", original);
    }
    fields.put("sliding_window", window() == 0 ? null : (Object) window());
    GgufTensor shorts = file.tensors().get(GgufNames.ROPE_SHORT);
    GgufTensor longs = file.tensors().get(GgufNames.ROPE_LONG);
    if (shorts != null && longs != null) {
      rope.put("rope_type", "longrope");
      rope.put("short_factor", values(shorts));
      rope.put("long_factor", values(longs));
      rope.put("original_max_position_embeddings", original);
      Object scale = file.metadata().get(key("rope.scaling.attn_factor"));
      if (scale != null) {
        rope.put("attention_factor", scale);
      }
    }
  }

  private List<Double> values(GgufTensor tensor) {
    float[] values = new float[(int) Math.min(tensor.columns(), 1 << 16)];
    file.dequantize(tensor, 0, values);
    List<Double> list = new ArrayList<>();
    for (float value : values) {
      list.add((double) value);
    }
    return list;
  }

  private void readPartialRotation(Map<String, Object> rope) {
    long headDim = whole("head_dim");
    Object rotated = file.metadata().get(key("rope.dimension_count"));
    double share = rotated instanceof Long count ? count / (double) headDim : 1;
    rope.put("partial_rotary_factor", share);
    fields.put("partial_rotary_factor", share);
  }

  private void readExperts() {
    for (Map.Entry<String, String> name :
        Map.of(
                "expert_count", "num_experts",
                "expert_used_count", "num_experts_per_tok",
                "expert_feed_forward_length", "moe_intermediate_size")
            .entrySet()) {
      if (file.metadata().get(key(name.getKey())) instanceof Long count) {
        fields.put(name.getValue(), count);
      } else {
        faults.add(key(name.getKey()) + ": is missing, expected a whole number");
      }
    }
    fields.put("norm_topk_prob", true);
  }

  private void copy(String from, String to, double absent) {
    Object value = file.metadata().get(key(from));
    fields.put(to, value instanceof Double number && number != 0 ? (Object) number : absent);
  }

  private boolean hasTensor(String name) {
    return file.tensors().containsKey(name);
  }

  private boolean hasPattern() {
    return file.metadata().get(key("attention.sliding_window_pattern")) instanceof List<?>;
  }

  private long window() {
    return file.metadata().get(key("attention.sliding_window")) instanceof Long window ? window : 0;
  }

  private long whole(String field) {
    return Objects.requireNonNullElse((Long) fields.get(field), 1L);
  }

  private String key(String name) {
    return family.id() + "." + name;
  }
}
