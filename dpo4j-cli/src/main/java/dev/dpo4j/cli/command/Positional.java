/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.Key;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Scalar;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An argument that stands for a key without naming it, such as the folder in {@code verify FOLDER}.
 *
 * @param label what the synopsis calls it
 * @param key the key that it sets
 */
public record Positional(String label, String key) {
  private static final Set<String> SWITCHES =
      Set.of("true", "false", "yes", "no", "t", "f", "y", "n", "1", "0", "on", "off");

  /** The settings of arguments that name no key, and the arguments that remain. */
  record Split(List<Setting> settings, List<String> flags) {}

  /**
   * Tells arguments that name no key from flags and their values. Where they stand does not matter:
   * a flag takes one value, a switch none but true or false, and only a list takes several.
   */
  static Split split(List<String> arguments, List<Positional> wanted, Collection<Key> keys) {
    if (wanted.isEmpty()) {
      return new Split(List.of(), arguments);
    }
    List<String> alone = new ArrayList<>();
    List<String> flags = new ArrayList<>();
    int at = 0;
    while (at < arguments.size()) {
      String argument = arguments.get(at++);
      if (!argument.startsWith("--")) {
        alone.add(argument);
        continue;
      }
      flags.add(argument);
      int free = argument.contains("=") ? 0 : values(argument.substring(2), keys);
      boolean isSwitch = free < 0;
      for (int left = Math.abs(free); left > 0 && at < arguments.size(); left--) {
        String value = arguments.get(at);
        boolean own =
            !value.startsWith("--")
                && (!isSwitch || SWITCHES.contains(value.toLowerCase(Locale.ROOT)));
        if (!own) {
          break;
        }
        flags.add(value);
        at++;
      }
    }
    List<Setting> settings = new ArrayList<>();
    int used = 0;
    for (Positional one : wanted) {
      boolean many = values(one.key(), keys) > 1;
      int end = many ? alone.size() : Math.min(used + 1, alone.size());
      if (used < end) {
        settings.add(new Setting(one.key(), value(alone.subList(used, end)), one.label()));
        used = end;
      }
    }
    List<String> rest = new ArrayList<>(alone.subList(used, alone.size()));
    rest.addAll(flags);
    return new Split(settings, rest);
  }

  private static Value value(List<String> texts) {
    List<Value> values = texts.stream().<Value>map(text -> new Scalar(text, Kind.FLAG)).toList();
    return values.size() == 1 ? values.get(0) : new Value.Sequence(values);
  }

  /** The most values that a flag takes; -1 for a switch, which may have one. */
  private static int values(String flag, Collection<Key> keys) {
    String name = flag.replace('-', '_');
    @Nullable Key key = find(name, keys);
    if (key == null && name.startsWith("no_")) {
      key = find(name.substring(3), keys);
    }
    if (name.equals("config")) {
      return 1;
    } else if (key == null) {
      return Integer.MAX_VALUE;
    }
    return key.isBoolean() ? -1 : key.isSingle() ? 1 : Integer.MAX_VALUE;
  }

  private static @Nullable Key find(String name, Collection<Key> keys) {
    return keys.stream().filter(key -> key.isCalled(name)).findFirst().orElse(null);
  }
}
