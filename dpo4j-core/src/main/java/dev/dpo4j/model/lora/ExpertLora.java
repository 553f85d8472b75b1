/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Ops;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;

/**
 * Low-rank updates of a layer's experts and router. They are added to the weights before the layer
 * is computed, and the gradient of the weights is handed on to them, as PEFT does it.
 *
 * <p>In PEFT's files the matrices A of all experts lie one below the other; of B, the columns of
 * one rank lie together, expert by expert.
 */
final class ExpertLora {
  private final ModelConfig model;
  private final LoraConfig config;
  private final ParameterStore store;

  ExpertLora(ModelConfig model, LoraConfig config, ParameterStore store) {
    this.model = model;
    this.config = config;
    this.store = store;
  }

  /** Adds the parameters of a layer. */
  static void declare(
      ParameterStore.Layout layout, ModelConfig model, LoraConfig config, int layer) {
    for (ExpertParameter parameter : config.targetParameters()) {
      long rank = (long) config.rank(parameter.key(layer)) * parameter.count(model);
      layout.weight(
          parameter.adapter(layer, 'A', config.targetParameters()), rank, parameter.inputs(model));
      layout.weight(
          parameter.adapter(layer, 'B', config.targetParameters()), parameter.outputs(model), rank);
    }
  }

  /** Adds a share of the updates to a layer's weights. */
  void addTo(LayerWeights weights, int layer, double share) {
    for (ExpertParameter parameter : config.targetParameters()) {
      Factors a = factors(parameter, layer, false);
      for (int e = 0; e < parameter.count(model); e++) {
        try (Scope scope = Scope.open()) {
          Tensor b = copy(a.b(e)).mul_(share * config.scale(parameter.key(layer)));
          Ops.addmm_(a.matrix(parameter.of(weights), e), b, a.a(e));
        }
      }
    }
  }

  /** Hands the gradient of a layer's weights on to the updates. */
  void takeGradient(LayerWeights gradient, int layer) {
    for (ExpertParameter parameter : config.targetParameters()) {
      Factors values = factors(parameter, layer, false);
      Factors grads = factors(parameter, layer, true);
      double scale = config.scale(parameter.key(layer));
      for (int e = 0; e < parameter.count(model); e++) {
        try (Scope scope = Scope.open()) {
          Tensor dw = values.matrix(parameter.of(gradient), e);
          Tensor b = copy(values.b(e)).mul_(scale);
          Ops.addmm_(grads.a(e), b.transpose(0, 1), dw);
          Tensor db = Tensor.empty(DType.FLOAT32, b.shape());
          Ops.mm(db, dw, values.a(e).transpose(0, 1));
          grads.b(e).add_(db, scale);
        }
      }
    }
  }

  private Factors factors(ExpertParameter parameter, int layer, boolean gradient) {
    String nameA = parameter.adapter(layer, 'A', config.targetParameters());
    String nameB = parameter.adapter(layer, 'B', config.targetParameters());
    return new Factors(
        gradient ? store.grad(nameA) : store.value(nameA),
        gradient ? store.grad(nameB) : store.value(nameB),
        config.rank(parameter.key(layer)),
        parameter.count(model),
        parameter.outputs(model));
  }

  /** A and B of all matrices of a parameter. */
  private record Factors(Tensor allA, Tensor allB, long rank, long count, long outputs) {
    Tensor a(int e) {
      return allA.narrow(0, e * rank, rank);
    }

    /** {@code [outputs, rank]}, columns apart. */
    Tensor b(int e) {
      return allB.view(outputs, rank, count).permute(2, 0, 1).narrow(0, e, 1).view(outputs, rank);
    }

    Tensor matrix(Tensor all, int e) {
      return all.narrow(0, e * outputs, outputs);
    }
  }

  private static Tensor copy(Tensor strided) {
    return Tensor.empty(DType.FLOAT32, strided.shape()).copy_(strided);
  }
}
