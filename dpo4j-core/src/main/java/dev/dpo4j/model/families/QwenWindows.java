/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.families;

import dev.dpo4j.model.style.ConfigFields;
import dev.dpo4j.model.style.LayerTypes;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Qwen's windows: a switch, and a first layer that has one. */
final class QwenWindows {
  private static final int FIRST = 28;
  private static final int MAX = 1 << 26;
  private static final String SWITCH = "use_sliding_window";
  private static final String WINDOW = "sliding_window";

  private QwenWindows() {}

  static List<String> layerTypes(ConfigFields config, int layers) {
    List<String> types = LayerTypes.read(config, layers);
    if (types != null) {
      return types;
    }
    int from = inUse(config) ? config.integer("max_window_layers", FIRST, 0, MAX) : layers;
    return LayerTypes.of(layers, layer -> layer >= from);
  }

  static List<Integer> windows(ConfigFields config, List<String> types, int absent) {
    if (!types.contains(LayerTypes.SLIDING)) {
      return Collections.nCopies(types.size(), 0);
    }
    if (!inUse(config)) {
      config.fault(
          "layer_types",
          LayerTypes.SLIDING,
          "none of it, or use_sliding_window true and a sliding_window");
    }
    int window = LayerTypes.window(config, absent);
    return types.stream().map(type -> type.equals(LayerTypes.SLIDING) ? window : 0).toList();
  }

  /** Whether the switch is on and there is a window: one given as null is none. */
  private static boolean inUse(ConfigFields config) {
    return config.flag(SWITCH, false) && (config.isSet(WINDOW) || !config.names(WINDOW));
  }

  static void write(List<Integer> windows, Map<String, Object> fields) {
    LayerTypes.write(windows, fields);
    fields.put(SWITCH, windows.stream().anyMatch(window -> window > 0));
  }
}
