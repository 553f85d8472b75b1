/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.util.Map;
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
  private static final Map<String, String> OF_LAYER =
      Map.ofEntries(
          Map.entry("attn_norm", "input_layernorm"),
          Map.entry("ffn_norm", "post_attention_layernorm"),
          Map.entry("attn_q", "self_attn.q_proj"),
          Map.entry("attn_k", "self_attn.k_proj"),
          Map.entry("attn_v", "self_attn.v_proj"),
          Map.entry("attn_output", "self_attn.o_proj"),
          Map.entry("attn_q_norm", "self_attn.q_norm"),
          Map.entry("attn_k_norm", "self_attn.k_norm"),
          Map.entry("ffn_gate", "mlp.gate_proj"),
          Map.entry("ffn_up", "mlp.up_proj"),
          Map.entry("ffn_down", "mlp.down_proj"));
  private static final Pattern LAYER =
      Pattern.compile("blk\\.(0|[1-9]\\d{0,5})\\.(\\w+)\\.(weight|bias)");

  private GgufNames() {}

  /** The name in a checkpoint; a name that has none there is given back. */
  public static String toHuggingFace(String name) {
    String whole = WHOLE.get(name);
    if (whole != null) {
      return whole;
    }
    Matcher layer = LAYER.matcher(name);
    String part = layer.matches() ? OF_LAYER.get(layer.group(2)) : null;
    return part == null
        ? name
        : "model.layers." + layer.group(1) + "." + part + "." + layer.group(3);
  }

  /** Whether a tensor is no weight but a constant that the configuration expresses. */
  public static boolean isAbsorbed(String name) {
    return name.equals(ROPE_FACTORS);
  }

  /** Whether a tensor makes queries (q) or keys (k): those that are rotated. */
  static boolean projects(String name, char what) {
    Matcher layer = LAYER.matcher(name);
    return layer.matches() && layer.group(2).equals("attn_" + what);
  }
}
