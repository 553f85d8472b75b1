/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of tensors in GGUF files and in Hugging Face checkpoints. */
public final class GgufNames {
  public static final String EMBEDDING = "model.embed_tokens.weight";
  public static final String HEAD = "lm_head.weight";

  /** Llama 3.1's scaling of frequencies, computed by the converter. */
  static final String ROPE_FACTORS = "rope_freqs.weight";

  private static final Map<String, String> WHOLE =
      Map.of(
          "token_embd.weight",
          EMBEDDING,
          "output_norm.weight",
          "model.norm.weight",
          "output.weight",
          HEAD);

  /** The parts of a layer whose names are the same in all families. */
  static final Map<String, String> PROJECTIONS =
      Map.ofEntries(
          Map.entry("attn_q", "self_attn.q_proj"),
          Map.entry("attn_k", "self_attn.k_proj"),
          Map.entry("attn_v", "self_attn.v_proj"),
          Map.entry("attn_output", "self_attn.o_proj"),
          Map.entry("attn_q_norm", "self_attn.q_norm"),
          Map.entry("attn_k_norm", "self_attn.k_norm"),
          Map.entry("ffn_gate", "mlp.gate_proj"),
          Map.entry("ffn_up", "mlp.up_proj"),
          Map.entry("ffn_down", "mlp.down_proj"));

  /** LongRoPE's factors, one tensor for short and one for long sequences. */
  static final String ROPE_SHORT = "rope_factors_short.weight";

  static final String ROPE_LONG = "rope_factors_long.weight";

  /** The matrices of all experts of a layer, one tensor each. */
  private static final Map<String, String> EXPERTS =
      Map.of("ffn_gate_exps", "gate_proj", "ffn_up_exps", "up_proj", "ffn_down_exps", "down_proj");

  private static final Pattern LAYER =
      Pattern.compile("blk\\.(0|[1-9]\\d{0,5})\\.(\\w+)\\.(weight|bias)");

  private static final Pattern HF_LAYER =
      Pattern.compile("model\\.layers\\.(0|[1-9]\\d{0,5})\\.([\\w.]+)\\.(weight|bias)");

  private GgufNames() {}

  /** The name in a checkpoint; a name that has none there is given back. */
  public static String toHuggingFace(GgufArchitecture architecture, String name) {
    String whole = WHOLE.get(name);
    if (whole != null) {
      return whole;
    }
    Matcher layer = LAYER.matcher(name);
    return (layer.matches() ? architecture.toHuggingFace(layer.group(2)) : Optional.<String>empty())
        .map(part -> "model.layers." + layer.group(1) + "." + part + "." + layer.group(3))
        .orElse(name);
  }

  /**
   * The names in a checkpoint of all experts that one tensor holds, as a format with the number of
   * the expert; empty for other tensors.
   */
  public static Optional<String> toExperts(String name) {
    Matcher layer = LAYER.matcher(name);
    String part = layer.matches() ? EXPERTS.get(layer.group(2)) : null;
    return Optional.ofNullable(part)
        .map(module -> "model.layers." + layer.group(1) + ".mlp.experts.%d." + module + ".weight");
  }

  /**
   * The name in a GGUF file of a tensor of a checkpoint. The first expert stands for the tensor
   * that holds all of them, and the others have no name.
   *
   * @return empty if llama.cpp has no such tensor in this family
   */
  public static Optional<String> toGguf(GgufArchitecture architecture, String name) {
    for (Map.Entry<String, String> whole : WHOLE.entrySet()) {
      if (whole.getValue().equals(name)) {
        return Optional.of(whole.getKey());
      }
    }
    Matcher layer = HF_LAYER.matcher(name);
    if (!layer.matches()) {
      return Optional.empty();
    }
    String module = layer.group(2);
    String prefix = "blk." + layer.group(1) + ".";
    for (Map.Entry<String, String> expert : EXPERTS.entrySet()) {
      if (module.equals("mlp.experts.0." + expert.getValue())) {
        return Optional.of(prefix + expert.getKey() + "." + layer.group(3));
      }
    }
    return architecture.toGguf(module).map(part -> prefix + part + "." + layer.group(3));
  }

  /** Whether a tensor is no weight but a constant that the configuration expresses. */
  public static boolean isAbsorbed(String name) {
    return name.equals(ROPE_FACTORS) || name.equals(ROPE_SHORT) || name.equals(ROPE_LONG);
  }

  /** Whether a tensor makes queries (q) or keys (k): those that are rotated. */
  static boolean projects(String name, char what) {
    Matcher layer = LAYER.matcher(name);
    return layer.matches() && layer.group(2).equals("attn_" + what);
  }
}
