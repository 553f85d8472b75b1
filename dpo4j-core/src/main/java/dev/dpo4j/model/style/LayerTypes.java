/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.style;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The field {@code layer_types} and the windows that follow from it. */
public final class LayerTypes {
  /** Attention that sees all earlier positions. */
  public static final String FULL = "full_attention";

  /** Attention that sees the positions of a window. */
  public static final String SLIDING = "sliding_attention";

  private static final String FIELD = "layer_types";
  private static final String WINDOW = "sliding_window";

  private LayerTypes() {}

  public static List<String> allFull(int layers) {
    return Collections.nCopies(layers, FULL);
  }

  /** Types of layers, of which some slide. */
  public static List<String> of(int layers, IntPredicate sliding) {
    List<String> types = new ArrayList<>();
    for (int layer = 0; layer < layers; layer++) {
      types.add(sliding.test(layer) ? SLIDING : FULL);
    }
    return types;
  }

  /** What config.json says, null where it says nothing. */
  public static @Nullable List<String> read(ConfigFields config, int layers) {
    List<String> types = config.texts(FIELD);
    if (types == null) {
      return null;
    }
    if (types.size() != layers) {
      config.fault(FIELD, types.size() + " entries", layers + ", one a layer");
    }
    List<String> result = new ArrayList<>();
    Set<String> unknown = new LinkedHashSet<>();
    for (String type : types) {
      String current = type.equals("attention") ? FULL : type;
      if (!current.equals(FULL) && !current.equals(SLIDING)) {
        unknown.add(type);
      }
      result.add(current);
    }
    if (!unknown.isEmpty()) {
      config.fault(FIELD, unknown, FULL + " or " + SLIDING);
      return allFull(layers);
    }
    return result;
  }

  /** What config.json says, or a rule. */
  public static List<String> read(ConfigFields config, int layers, IntPredicate sliding) {
    List<String> types = read(config, layers);
    return types == null ? of(layers, sliding) : types;
  }

  /** The window of layers that slide. */
  public static List<Integer> windows(ConfigFields config, List<String> types, int absent) {
    if (!types.contains(SLIDING)) {
      return Collections.nCopies(types.size(), 0);
    }
    if (!config.isSet(WINDOW) && (config.names(WINDOW) || absent == 0)) {
      config.fault(FIELD, SLIDING, "none of it, or a sliding_window");
    }
    int window = window(config, Math.max(1, absent));
    return types.stream().map(type -> type.equals(SLIDING) ? window : 0).toList();
  }

  public static int window(ConfigFields config, int absent) {
    return config.integer(WINDOW, absent, 1, Integer.MAX_VALUE);
  }

  /** The same window in every layer; none where it is null or where there is no default. */
  public static List<Integer> sameWindow(ConfigFields config, int layers, int absent) {
    boolean none = !config.isSet(WINDOW) && (config.names(WINDOW) || absent == 0);
    return Collections.nCopies(layers, none ? 0 : window(config, Math.max(1, absent)));
  }

  /** Writes types and window. */
  public static void write(List<Integer> windows, Map<String, Object> fields) {
    fields.put(FIELD, windows.stream().map(window -> window == 0 ? FULL : SLIDING).toList());
    writeWindow(windows, fields);
  }

  /** Writes the window, null where no layer has one. */
  public static int writeWindow(List<Integer> windows, Map<String, Object> fields) {
    int window = windows.stream().mapToInt(w -> w).max().orElse(0);
    fields.put(WINDOW, window == 0 ? null : (Object) window);
    return window;
  }
}
