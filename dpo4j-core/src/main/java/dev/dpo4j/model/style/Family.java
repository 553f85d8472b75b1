/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import java.util.List;
import java.util.Map;

/** A family of language models: what it reads from config.json and how its layers are built. */
public interface Family {
  /** The name under {@code architectures} in config.json. */
  String className();

  /** The name under {@code model_type} in config.json. */
  String modelType();

  /** What holds where config.json says nothing. */
  Defaults defaults();

  /** How the rotary embedding is read. */
  default RopeRules rope() {
    return RopeRules.PLAIN;
  }

  /** The field that names the gate's function. */
  default String activationField() {
    return "hidden_act";
  }

  /** The gate's function where config.json names none. */
  default Activation activation() {
    return Activation.SILU;
  }

  /** The type of attention of each layer. */
  default List<String> layerTypes(ConfigFields config, int layers) {
    return LayerTypes.allFull(layers);
  }

  /** For each layer, how many positions back it sees, itself included; 0 for all. */
  default List<Integer> windows(ConfigFields config, List<String> layerTypes) {
    return LayerTypes.windows(config, layerTypes, defaults().slidingWindow());
  }

  /** Sets the switches that differ from Llama's. */
  void style(ConfigFields config, Sizes sizes, LayerStyle.Builder style);

  /** Adds the family's own fields to a config.json that is written. */
  default void write(LayerStyle style, List<Integer> windows, Map<String, Object> fields) {}
}
