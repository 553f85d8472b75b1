/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.lora;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.style.Experts;
import dev.dpo4j.model.weights.LayerWeights;
import dev.dpo4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The parameters of a layer with experts that adapters can be put on, as PEFT's {@code
 * target_parameters} names them. The matrices of all experts are one parameter there.
 */
public enum ExpertParameter {
  /** Gate and way up of all experts. */
  GATE_UP("gate_up_proj"),
  /** The experts' ways down. */
  DOWN("down_proj"),
  /** What picks experts. */
  ROUTER("gate.weight");

  private final String parameterName;

  ExpertParameter(String parameterName) {
    this.parameterName = parameterName;
  }

  /** The name by which {@code target_parameters} calls it. */
  public String parameterName() {
    return parameterName;
  }

  /** The parameter of that name, which may have those of its modules before it. */
  static Optional<ExpertParameter> of(String name) {
    return Arrays.stream(values())
        .filter(p -> name.equals(p.parameterName) || name.endsWith("." + p.parameterName))
        .findFirst();
  }

  /** All names, for messages. */
  static List<String> names() {
    return Arrays.stream(values()).map(ExpertParameter::parameterName).toList();
  }

  /**
   * Name of A or B in a file of PEFT: the second adapter on a module wraps the first.
   *
   * @param all the parameters that have adapters
   */
  String adapter(int layer, char matrix, Set<ExpertParameter> all) {
    String module = this == ROUTER ? "gate" : "experts";
    String inner = this == GATE_UP && all.contains(DOWN) ? ".base_layer" : "";
    return "base_model.model.model.layers.%d.mlp.%s%s.lora_%s.weight"
        .formatted(layer, module, inner, matrix);
  }

  /** Its whole name in a layer, by which PEFT finds rank and alpha. */
  String key(int layer) {
    return "model.layers.%d.mlp.%s%s"
        .formatted(layer, this == ROUTER ? "" : "experts.", parameterName);
  }

  /** How many matrices the parameter is. */
  int count(ModelConfig model) {
    return this == ROUTER ? 1 : experts(model).count();
  }

  /** Inputs of each matrix. */
  long inputs(ModelConfig model) {
    return this == DOWN ? experts(model).intermediateSize() : model.hiddenSize();
  }

  /** Outputs of each matrix. */
  long outputs(ModelConfig model) {
    return switch (this) {
      case GATE_UP -> 2L * experts(model).intermediateSize();
      case DOWN -> model.hiddenSize();
      case ROUTER -> experts(model).count();
    };
  }

  /** The matrices one below the other. */
  Tensor of(LayerWeights layer) {
    return switch (this) {
      case GATE_UP -> layer.gateUp();
      case DOWN -> layer.down();
      case ROUTER -> Objects.requireNonNull(layer.router(), "the layer has no experts");
    };
  }

  private static Experts experts(ModelConfig model) {
    return Objects.requireNonNull(model.style().experts(), "the model has no experts");
  }
}
