/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.nn.ParameterStore;
import dev.dpo4j.tensor.DType;

/** The order of the weights in memory. */
final class WeightLayout {
  private WeightLayout() {}

  static ParameterStore allocate(ModelConfig config, DType dtype) {
    ParameterStore.Layout layout = new ParameterStore.Layout();
    layout.weight(WeightNames.EMBEDDING, config.vocabSize(), config.hiddenSize());
    for (int layer = 0; layer < config.layers(); layer++) {
      LayerWeights.declare(layout, config, layer);
    }
    layout.undecayed(WeightNames.FINAL_NORM, config.hiddenSize());
    if (!config.tieWordEmbeddings()) {
      layout.weight(WeightNames.HEAD, config.vocabSize(), config.hiddenSize());
    }
    return layout.allocate(dtype);
  }
}
