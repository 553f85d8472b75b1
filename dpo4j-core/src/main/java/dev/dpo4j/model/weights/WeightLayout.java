/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.weights;

import dev.dpo4j.model.family.ModelConfig;
import dev.dpo4j.model.family.WeightNames;
import dev.dpo4j.nn.Parameter;
import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;
import java.util.List;
import java.util.function.Predicate;

/** The order of the weights in memory. */
public final class WeightLayout {
  private WeightLayout() {}

  public static ParameterStore allocate(ModelConfig config, DType dtype) {
    return allocate(config, dtype, name -> false);
  }

  /** The memory of the weights that are not held elsewhere. */
  static ParameterStore allocate(ModelConfig config, DType dtype, Predicate<String> elsewhere) {
    ParameterStore.Layout layout = new ParameterStore.Layout();
    layout.weight(WeightNames.EMBEDDING, config.vocabSize(), config.hiddenSize());
    for (int layer = 0; layer < config.layers(); layer++) {
      LayerWeights.declare(layout, config, layer, elsewhere);
    }
    layout.undecayed(WeightNames.FINAL_NORM, config.hiddenSize());
    if (!config.tieWordEmbeddings()) {
      layout.weight(config.head().weight(), config.headRows(), config.hiddenSize());
    }
    return layout.allocate(dtype);
  }

  /**
   * A copy of tied weights in which the head has a matrix of its own, which begins as the
   * embedding.
   *
   * @param untied the configuration of the copy
   */
  public static ParameterStore untie(ParameterStore tied, ModelConfig untied) {
    ParameterStore copy = allocate(untied, tied.dtype());
    for (Parameter parameter : copy.parameters()) {
      copy.value(parameter.name()).copy_(tied.value(source(tied, parameter.name())));
    }
    return copy;
  }

  /** The parameter that holds what another layout of the same model calls {@code name}. */
  public static String source(ParameterStore store, String name) {
    return name.equals(WeightNames.HEAD) && !store.has(name) ? WeightNames.EMBEDDING : name;
  }

  /** Holds the gradients of the layers' matrices in bfloat16; those of the rest stay float32. */
  public static void narrowGradients(ParameterStore store) {
    List<Parameter> matrices =
        store.parameters().stream()
            .filter(parameter -> parameter.decayed() && LayerWeights.isOfLayer(parameter.name()))
            .toList();
    long from = matrices.get(0).offset();
    store.narrowGradients(from, from + matrices.stream().mapToLong(Parameter::count).sum());
  }
}
