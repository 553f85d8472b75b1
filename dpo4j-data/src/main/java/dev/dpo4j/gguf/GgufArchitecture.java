/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A family of models as llama.cpp knows it: its name there, the classes of transformers that have
 * it, and the names of its tensors in both worlds.
 */
@SuppressWarnings("ImmutableEnumChecker") // the maps and lists are never changed
public enum GgufArchitecture {
  /** Llama, Mistral and Ministral. */
  LLAMA(
      "llama", Norms.LLAMA, true, "LlamaForCausalLM", "MistralForCausalLM", "MinistralForCausalLM"),
  /** Qwen2 and Qwen2.5. */
  QWEN2("qwen2", Norms.LLAMA, false, "Qwen2ForCausalLM"),
  /** Qwen3. */
  QWEN3("qwen3", Norms.LLAMA, false, "Qwen3ForCausalLM"),
  /** Qwen3 with experts. */
  QWEN3_MOE("qwen3moe", Norms.LLAMA, false, "Qwen3MoeForCausalLM"),
  /** SmolLM3. */
  SMOLLM3("smollm3", Norms.LLAMA, true, "SmolLM3ForCausalLM"),
  /** Gemma 2, whose norms are stored as those of Gemma 3. */
  GEMMA2("gemma2", Norms.GEMMA, false, "Gemma2ForCausalLM"),
  /** Gemma 3, whose norms are stored with one added to each weight. */
  GEMMA3("gemma3", Norms.GEMMA, false, "Gemma3ForCausalLM"),
  /** Phi-3 and Phi-4, with fused projections. */
  PHI3("phi3", Norms.LLAMA, false, "Phi3ForCausalLM"),
  /** Granite 3. */
  GRANITE("granite", Norms.LLAMA, true, "GraniteForCausalLM"),
  /** OLMo 2 and 3. */
  OLMO2("olmo2", Norms.OLMO, false, "Olmo2ForCausalLM", "Olmo3ForCausalLM"),
  /** GLM-4-0414. */
  GLM4("glm4", Norms.GLM, false, "Glm4ForCausalLM"),
  /** Hunyuan dense. */
  HUNYUAN("hunyuan-dense", Norms.LLAMA, false, "HunYuanDenseV1ForCausalLM"),
  /** ERNIE 4.5. */
  ERNIE45("ernie4_5", Norms.LLAMA, false, "Ernie4_5ForCausalLM"),
  /** Seed-OSS. */
  SEED_OSS("seed_oss", Norms.SEED, false, "SeedOssForCausalLM");

  /** Gemma 2 has windows in every second layer. */
  public static final int GEMMA2_PERIOD = 2;

  /** Gemma 3 has one layer that sees all in so many, where a file does not say otherwise. */
  public static final int GEMMA_PERIOD = 6;

  /** The same of OLMo 3. */
  public static final int OLMO_PERIOD = 4;

  /** llama.cpp scales the attention of Gemma 3 27B, which it knows by its layers, by itself. */
  public static final int LAYERS_OF_GEMMA_27B = 62;

  /** The same of Gemma 2. */
  public static final int LAYERS_OF_GEMMA2_27B = 46;

  /** Where the norms of a layer stand, and how they are called. */
  private enum Norms {
    LLAMA(Map.of("attn_norm", "input_layernorm", "ffn_norm", "post_attention_layernorm")),
    GEMMA(
        Map.of(
            "attn_norm", "input_layernorm",
            "post_attention_norm", "post_attention_layernorm",
            "ffn_norm", "pre_feedforward_layernorm",
            "post_ffw_norm", "post_feedforward_layernorm")),
    OLMO(
        Map.of(
            "post_attention_norm", "post_attention_layernorm",
            "post_ffw_norm", "post_feedforward_layernorm")),
    GLM(
        Map.of(
            "attn_norm", "input_layernorm",
            "post_attention_norm", "post_self_attn_layernorm",
            "ffn_norm", "post_attention_layernorm",
            "post_ffw_norm", "post_mlp_layernorm")),
    SEED(Map.of("attn_norm", "input_layernorm", "post_attention_norm", "post_attention_layernorm"));

    private final Map<String, String> names;

    Norms(Map<String, String> names) {
      this.names = names;
    }
  }

  private final String id;
  private final boolean interleavedRows;
  private final List<String> classNames;
  private final Map<String, String> layerNames = new LinkedHashMap<>();
  private final Map<String, String> ggufNames = new LinkedHashMap<>();

  GgufArchitecture(String id, Norms norms, boolean interleavedRows, String... classNames) {
    this.id = id;
    this.interleavedRows = interleavedRows;
    this.classNames = List.of(classNames);
    layerNames.putAll(norms.names);
    layerNames.putAll(GgufNames.PROJECTIONS);
    switch (id) {
      case "phi3" -> {
        layerNames.put("attn_qkv", "self_attn.qkv_proj");
        layerNames.put("ffn_up", "mlp.gate_up_proj");
      }
      case "glm4" -> layerNames.put("ffn_up", "mlp.gate_up_proj");
      case "hunyuan-dense" -> {
        layerNames.put("attn_q_norm", "self_attn.query_layernorm");
        layerNames.put("attn_k_norm", "self_attn.key_layernorm");
      }
      case "qwen3moe" -> layerNames.put("ffn_gate_inp", "mlp.gate");
      default -> {
        // As in Llama.
      }
    }
    layerNames.forEach((gguf, huggingFace) -> ggufNames.put(huggingFace, gguf));
  }

  /** The name under {@code general.architecture}. */
  public String id() {
    return id;
  }

  /** The classes of transformers, the most common first. */
  public List<String> classNames() {
    return classNames;
  }

  /**
   * Whether the rows of queries and keys lie otherwise than in a Hugging Face folder: neighbours
   * are rotated together, not halves of a head.
   */
  public boolean hasInterleavedRows() {
    return interleavedRows;
  }

  /**
   * Where such a file holds a row: rows {@code i} of both halves of each head lie side by side.
   *
   * @param row its number in a Hugging Face folder
   * @param headRows rows of one head
   */
  public static int interleaved(int row, int headRows) {
    int inHead = row % headRows;
    int half = headRows / 2;
    return row - inHead + inHead % half * 2 + inHead / half;
  }

  /** Whether norms are stored with one added to each weight. */
  public boolean hasShiftedNorms() {
    return this == GEMMA2 || this == GEMMA3;
  }

  /** Whether llama.cpp scales the attention of a model of so many layers by its width. */
  public boolean scalesByWidth(long layers) {
    return (this == GEMMA3 && layers == LAYERS_OF_GEMMA_27B)
        || (this == GEMMA2 && layers == LAYERS_OF_GEMMA2_27B);
  }

  /** The name in a checkpoint of a part of a layer, such as {@code attn_q}; empty if unknown. */
  Optional<String> toHuggingFace(String part) {
    return Optional.ofNullable(layerNames.get(part));
  }

  /**
   * The name in a GGUF file of a module of a layer, such as {@code self_attn.q_proj}.
   *
   * @return empty if llama.cpp has none in this family
   */
  public Optional<String> toGguf(String module) {
    return Optional.ofNullable(ggufNames.get(module));
  }

  /** The family of a name under {@code general.architecture}. */
  public static Optional<GgufArchitecture> ofId(String id) {
    return Arrays.stream(values()).filter(a -> a.id.equals(id)).findFirst();
  }

  /** The family of a class of transformers. */
  public static Optional<GgufArchitecture> ofClassName(String className) {
    Objects.requireNonNull(className);
    return Arrays.stream(values()).filter(a -> a.classNames.contains(className)).findFirst();
  }
}
