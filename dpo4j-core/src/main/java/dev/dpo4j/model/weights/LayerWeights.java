/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one decoder layer as views, or their gradients: the two have the same shape.
 *
 * <p>Query, key and value are one matrix, {@code [(heads + 2 kv heads) * head size, hidden]}; gate
 * and up are one, {@code [2 intermediate, hidden]}.
 */
public record LayerWeights(
    Tensor inputNorm,
    Tensor qkv,
    @Nullable Tensor qkvBias,
    @Nullable Tensor qNorm,
    @Nullable Tensor kNorm,
    Tensor o,
    @Nullable Tensor oBias,
    Tensor postNorm,
    Tensor gateUp,
    @Nullable Tensor gateUpBias,
    Tensor down,
    @Nullable Tensor downBias) {

  /** Adds the layer's parameters, neighbours in the order in which they are used together. */
  public static void declare(ParameterStore.Layout layout, ModelConfig config, int layer) {
    String p = prefix(layer);
    long hidden = config.hiddenSize();
    long q = (long) config.heads() * config.headDim();
    long kv = (long) config.kvHeads() * config.headDim();
    long inner = config.intermediateSize();
    layout
        .undecayed(p + "input_layernorm.weight", hidden)
        .weight(p + "self_attn.q_proj.weight", q, hidden)
        .weight(p + "self_attn.k_proj.weight", kv, hidden)
        .weight(p + "self_attn.v_proj.weight", kv, hidden);
    if (config.qkvBias()) {
      layout
          .undecayed(p + "self_attn.q_proj.bias", q)
          .undecayed(p + "self_attn.k_proj.bias", kv)
          .undecayed(p + "self_attn.v_proj.bias", kv);
    }
    if (config.qkNorm()) {
      layout
          .undecayed(p + "self_attn.q_norm.weight", config.headDim())
          .undecayed(p + "self_attn.k_norm.weight", config.headDim());
    }
    layout.weight(p + "self_attn.o_proj.weight", hidden, q);
    if (config.oBias()) {
      layout.undecayed(p + "self_attn.o_proj.bias", hidden);
    }
    layout
        .undecayed(p + "post_attention_layernorm.weight", hidden)
        .weight(p + "mlp.gate_proj.weight", inner, hidden)
        .weight(p + "mlp.up_proj.weight", inner, hidden)
        .weight(p + "mlp.down_proj.weight", hidden, inner);
    if (config.mlpBias()) {
      layout
          .undecayed(p + "mlp.gate_proj.bias", inner)
          .undecayed(p + "mlp.up_proj.bias", inner)
          .undecayed(p + "mlp.down_proj.bias", hidden);
    }
  }

  public static LayerWeights values(ParameterStore store, ModelConfig config, int layer) {
    return of(store::value, config, layer);
  }

  public static LayerWeights grads(ParameterStore store, ModelConfig config, int layer) {
    return of(store::grad, config, layer);
  }

  /** The same with norms and biases of another one. */
  public LayerWeights withSmall(LayerWeights other) {
    return new LayerWeights(
        other.inputNorm,
        qkv,
        other.qkvBias,
        other.qNorm,
        other.kNorm,
        o,
        other.oBias,
        other.postNorm,
        gateUp,
        other.gateUpBias,
        down,
        other.downBias);
  }

  private interface Views {
    Tensor of(String first, long... shape);
  }

  private static LayerWeights of(Views views, ModelConfig config, int layer) {
    String p = prefix(layer);
    long hidden = config.hiddenSize();
    long size = config.headDim();
    long q = config.heads() * size;
    long qkv = q + 2L * config.kvHeads() * size;
    long inner = config.intermediateSize();
    boolean mlpBias = config.mlpBias();
    return new LayerWeights(
        views.of(p + "input_layernorm.weight", hidden),
        views.of(p + "self_attn.q_proj.weight", qkv, hidden),
        config.qkvBias() ? views.of(p + "self_attn.q_proj.bias", qkv) : null,
        config.qkNorm() ? views.of(p + "self_attn.q_norm.weight", size) : null,
        config.qkNorm() ? views.of(p + "self_attn.k_norm.weight", size) : null,
        views.of(p + "self_attn.o_proj.weight", hidden, q),
        config.oBias() ? views.of(p + "self_attn.o_proj.bias", hidden) : null,
        views.of(p + "post_attention_layernorm.weight", hidden),
        views.of(p + "mlp.gate_proj.weight", 2 * inner, hidden),
        mlpBias ? views.of(p + "mlp.gate_proj.bias", 2 * inner) : null,
        views.of(p + "mlp.down_proj.weight", hidden, inner),
        mlpBias ? views.of(p + "mlp.down_proj.bias", hidden) : null);
  }

  /** Whether a parameter is one of layer 0. */
  static boolean isOfFirst(String name) {
    return name.startsWith(prefix(0));
  }

  /** The name in another layer of a parameter of layer 0. */
  public static String inLayer(String ofFirst, int layer) {
    return prefix(layer) + ofFirst.substring(prefix(0).length());
  }

  private static String prefix(int layer) {
    return "model.layers." + layer + ".";
  }
}
