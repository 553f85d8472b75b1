/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.model.family.LayerTensors;
import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.style.LayerStyle;
import dev.dpo4j.model.style.QkNorm;
import dev.dpo4j.model.style.TensorNames;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.Tensor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one decoder layer as views, or their gradients: the two have the same shape.
 *
 * <p>Query, key and value are one matrix, {@code [(heads + 2 kv heads) * head size, hidden]}; gate
 * and up are one, {@code [2 intermediate, hidden]}. Of a layer with experts, gate and up of all
 * experts are one matrix, {@code [experts * 2 intermediate, hidden]}, and so are the ways down,
 * {@code [experts * hidden, intermediate]}.
 *
 * @param inputNorm norm before the attention; null in families that have none
 * @param attentionPostNorm norm behind the attention; null in families that have none
 * @param mlpNorm norm before the feed-forward block; null in families that have none
 * @param mlpPostNorm norm behind it; null in families that have none
 * @param router what picks experts, {@code [experts, hidden]}; null in a layer without them
 */
public record LayerWeights(
    @Nullable Tensor inputNorm,
    Tensor qkv,
    @Nullable Tensor qkvBias,
    @Nullable Tensor qNorm,
    @Nullable Tensor kNorm,
    Tensor o,
    @Nullable Tensor oBias,
    @Nullable Tensor attentionPostNorm,
    @Nullable Tensor mlpNorm,
    Tensor gateUp,
    @Nullable Tensor gateUpBias,
    Tensor down,
    @Nullable Tensor downBias,
    @Nullable Tensor mlpPostNorm,
    @Nullable Tensor router) {

  /** Adds the layer's parameters, neighbours in the order in which they are used together. */
  public static void declare(ParameterStore.Layout layout, ModelConfig config, int layer) {
    declare(layout, config, layer, name -> false);
  }

  /**
   * The same without some of them.
   *
   * @param elsewhere whether a parameter is held elsewhere, by its name
   */
  static void declare(
      ParameterStore.Layout layout, ModelConfig config, int layer, Predicate<String> elsewhere) {
    for (LayerTensors.Entry entry : LayerTensors.of(config, layer)) {
      String name = WeightNames.ofLayer(layer, entry.part());
      if (elsewhere.test(name)) {
        continue;
      }
      if (entry.matrix()) {
        layout.weight(name, entry.shape());
      } else {
        layout.undecayed(name, entry.shape());
      }
    }
  }

  public static LayerWeights values(ParameterStore store, ModelConfig config, int layer) {
    return new Views(store::value, config, layer).all();
  }

  public static LayerWeights grads(ParameterStore store, ModelConfig config, int layer) {
    return new Views(store::grad, config, layer).all();
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
        other.attentionPostNorm,
        other.mlpNorm,
        gateUp,
        other.gateUpBias,
        down,
        other.downBias,
        other.mlpPostNorm,
        router);
  }

  private interface Store {
    Tensor of(String first, long... shape);
  }

  private record Views(Store store, ModelConfig config, int layer) {
    LayerWeights all() {
      LayerStyle style = config.style();
      TensorNames names = style.names();
      long hidden = config.hiddenSize();
      long q = (long) config.heads() * config.headDim();
      long kv = (long) config.kvHeads() * config.headDim();
      long qkv = q + 2 * kv;
      boolean norms = style.qkNorm().isPresent();
      boolean whole = style.qkNorm() == QkNorm.ALL_HEADS;
      long inner = config.intermediateSize();
      Experts experts = style.isSparse(layer) ? style.experts() : null;
      long gates = experts == null ? 2 * inner : 2L * experts.count() * experts.intermediateSize();
      long ways = experts == null ? hidden : hidden * experts.count();
      boolean mlpBias = style.mlpBias() && experts == null;
      String first = names.fusedQkv() ? "self_attn.qkv_proj" : "self_attn.q_proj";
      String gate = names.fusedGateUp() ? "mlp.gate_up_proj" : "mlp.gate_proj";
      String down = "mlp.down_proj";
      if (experts != null) {
        gate = "mlp.experts.0.gate_proj";
        down = "mlp.experts.0.down_proj";
        inner = experts.intermediateSize();
      }
      return new LayerWeights(
          norm(names.attentionNorm(), hidden),
          weight(first, qkv, hidden),
          style.qkvBias() ? bias("self_attn.q_proj", qkv) : null,
          norms ? norm(names.qNorm(), whole ? q : config.headDim()) : null,
          norms ? norm(names.kNorm(), whole ? kv : config.headDim()) : null,
          weight("self_attn.o_proj", hidden, q),
          style.oBias() ? bias("self_attn.o_proj", hidden) : null,
          norm(names.attentionPostNorm(), hidden),
          norm(names.mlpNorm(), hidden),
          weight(gate, gates, hidden),
          mlpBias ? bias("mlp.gate_proj", gates) : null,
          weight(down, ways, inner),
          mlpBias ? bias(down, hidden) : null,
          norm(names.mlpPostNorm(), hidden),
          experts == null ? null : weight("mlp.gate", experts.count(), hidden));
    }

    private Tensor weight(String name, long... shape) {
      return store.of(WeightNames.ofLayer(layer, name + ".weight"), shape);
    }

    private Tensor bias(String name, long size) {
      return store.of(WeightNames.ofLayer(layer, name + ".bias"), size);
    }

    private @Nullable Tensor norm(@Nullable String name, long size) {
      return name == null ? null : weight(name, size);
    }
  }

  /** The layer that stands for all of its kind: the first that holds the same tensors. */
  public static int representative(ModelConfig config, int layer) {
    int first = 0;
    while (config.isSparse(first) != config.isSparse(layer)) {
      first++;
    }
    return first;
  }

  /** Whether a parameter is one of a layer. */
  static boolean isOfLayer(String name) {
    return name.startsWith(WeightNames.LAYERS);
  }

  /** The name in another layer of a parameter of a layer of the same kind. */
  public static String inLayer(String name, int layer) {
    int part = name.indexOf('.', WeightNames.LAYERS.length()) + 1;
    return WeightNames.ofLayer(layer, name.substring(part));
  }
}
