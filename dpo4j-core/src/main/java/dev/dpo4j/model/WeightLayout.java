/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.nn.ParameterStore;

/** Names of the weights outside the layers, and the order of all of them in memory. */
final class WeightLayout {
  static final String EMBEDDING = "model.embed_tokens.weight";
  static final String NORM = "model.norm.weight";
  static final String HEAD = "lm_head.weight";

  private WeightLayout() {}

  static ParameterStore allocate(ModelConfig config) {
    ParameterStore.Layout layout = new ParameterStore.Layout();
    layout.weight(EMBEDDING, config.vocabSize(), config.hiddenSize());
    for (int layer = 0; layer < config.layers(); layer++) {
      LayerWeights.declare(layout, config, layer);
    }
    layout.undecayed(NORM, config.hiddenSize());
    if (!config.tieWordEmbeddings()) {
      layout.weight(HEAD, config.vocabSize(), config.hiddenSize());
    }
    return layout.allocate();
  }
}
