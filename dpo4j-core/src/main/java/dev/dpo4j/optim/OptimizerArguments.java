/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The text of {@code optim_args}, such as {@code momentum=0.9, nesterov=true}. */
final class OptimizerArguments {
  private static final Set<String> FLAGS = Set.of("nesterov", "centered");

  /** Names whose numbers lie in [0, 1). */
  private static final Set<String> SHARES = Set.of("momentum", "beta3");

  private final Map<String, String> values = new LinkedHashMap<>();
  private final List<String> faults = new ArrayList<>();

  OptimizerArguments(@Nullable String text, OptimizerType type) {
    String plain = text == null ? "" : text.replace(" ", "");
    if (plain.isEmpty()) {
      return;
    }
    for (String pair : plain.split(",", -1)) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        faults.add("must be written as name=value,name=value, but has \"" + pair + '"');
        continue;
      }
      take(pair.substring(0, equals), pair.substring(equals + 1), type);
    }
    if (flag("nesterov") && (number("momentum", 0) == 0 || number("dampening", 0) != 0)) {
      faults.add("nesterov needs a momentum and no dampening");
    } else if (values.containsKey("dampening") && number("momentum", 0) == 0) {
      faults.add("dampening has no effect without momentum");
    }
  }

  private void take(String name, String value, OptimizerType type) {
    if (!type.arguments().contains(name)) {
      faults.add(
          name
              + " has no effect with this optim, which takes "
              + (type.arguments().isEmpty()
                  ? "none"
                  : String.join(", ", new TreeSet<>(type.arguments())))
              + hint(name));
    } else if (values.put(name, value.toLowerCase(Locale.ROOT)) != null) {
      faults.add(name + " stands twice");
    } else if (!fits(name, value.toLowerCase(Locale.ROOT))) {
      values.remove(name);
      faults.add(
          "%s must be %s but was \"%s\""
              .formatted(
                  name,
                  FLAGS.contains(name)
                      ? "true or false"
                      : SHARES.contains(name) ? "in [0,1)" : "a number >= 0",
                  value));
    }
  }

  private static String hint(String name) {
    return switch (name) {
      case "weight_decay" -> "; write weight_decay as a key of its own";
      case "beta1", "beta2" -> "; write adam_" + name;
      case "eps" -> "; write adam_epsilon";
      default -> "";
    };
  }

  private static boolean fits(String name, String value) {
    if (FLAGS.contains(name)) {
      return Set.of("true", "false", "1", "0", "yes", "no").contains(value);
    }
    try {
      double number = Double.parseDouble(value);
      return number >= 0 && number < (SHARES.contains(name) ? 1 : Double.POSITIVE_INFINITY);
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** What is wrong with the text, in words. */
  List<String> faults() {
    return faults;
  }

  double number(String name, double otherwise) {
    String value = values.get(name);
    return value == null ? otherwise : Double.parseDouble(value);
  }

  boolean flag(String name) {
    return Set.of("true", "1", "yes").contains(values.getOrDefault(name, "false"));
  }
}
