/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import org.jspecify.annotations.Nullable;

/**
 * The names of a layer's tensors behind {@code model.layers.N.}, as checkpoints have them.
 *
 * @param attentionNorm norm before the attention; null where there is none
 * @param attentionPostNorm norm behind the attention; null where there is none
 * @param mlpNorm norm before the feed-forward block; null where there is none
 * @param mlpPostNorm norm behind the feed-forward block; null where there is none
 * @param qNorm norm of the queries, where there is one
 * @param kNorm norm of the keys, where there is one
 * @param fusedQkv whether query, key and value are one matrix, {@code self_attn.qkv_proj}
 * @param fusedGateUp whether gate and up are one matrix, {@code mlp.gate_up_proj}
 */
public record TensorNames(
    @Nullable String attentionNorm,
    @Nullable String attentionPostNorm,
    @Nullable String mlpNorm,
    @Nullable String mlpPostNorm,
    String qNorm,
    String kNorm,
    boolean fusedQkv,
    boolean fusedGateUp) {
  private static final String INPUT = "input_layernorm";
  private static final String POST_ATTENTION = "post_attention_layernorm";
  private static final String POST_MLP = "post_feedforward_layernorm";
  private static final String Q_NORM = "self_attn.q_norm";
  private static final String K_NORM = "self_attn.k_norm";

  /** Norms before both branches, each projection by itself. */
  public static final TensorNames LLAMA =
      new TensorNames(INPUT, null, POST_ATTENTION, null, Q_NORM, K_NORM, false, false);

  /** Norms behind both branches. */
  public static final TensorNames OLMO =
      new TensorNames(null, POST_ATTENTION, null, POST_MLP, Q_NORM, K_NORM, false, false);

  /** Norms before and behind both branches. */
  public static final TensorNames GEMMA =
      new TensorNames(
          INPUT,
          POST_ATTENTION,
          "pre_feedforward_layernorm",
          POST_MLP,
          Q_NORM,
          K_NORM,
          false,
          false);

  /** As Gemma, under other names, with gate and up in one matrix. */
  public static final TensorNames GLM =
      new TensorNames(
          INPUT,
          "post_self_attn_layernorm",
          POST_ATTENTION,
          "post_mlp_layernorm",
          Q_NORM,
          K_NORM,
          false,
          true);

  /** As Llama, with fused projections. */
  public static final TensorNames PHI =
      new TensorNames(INPUT, null, POST_ATTENTION, null, Q_NORM, K_NORM, true, true);

  /** As Llama, with other names for the norms of query and key. */
  public static final TensorNames HUNYUAN =
      new TensorNames(
          INPUT,
          null,
          POST_ATTENTION,
          null,
          "self_attn.query_layernorm",
          "self_attn.key_layernorm",
          false,
          false);
}
