/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Scalar;
import dev.dpo4j.config.value.Value.Sequence;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads settings from the command line: {@code --key value}, {@code --key=value}, {@code --key a b
 * c} for a list and {@code --key} alone for a switch.
 *
 * <p>The values of a flag end at the next argument that starts with {@code --}; a value that starts
 * so itself is written {@code --key=--value}.
 */
public final class FlagSource {
  private FlagSource() {}

  /** Reads all arguments; what belongs to no flag is a {@link ConfigException}. */
  public static List<Setting> parse(List<String> arguments) {
    List<Setting> settings = new ArrayList<>();
    List<Fault> faults = new ArrayList<>();
    int at = 0;
    while (at < arguments.size()) {
      String argument = arguments.get(at++);
      if (!argument.startsWith("--") || argument.length() == 2) {
        faults.add(
            new Fault("", "", "unexpected argument \"" + argument + "\": expected --key value"));
        continue;
      }
      int equals = argument.indexOf('=');
      if (equals > 0) {
        String flag = argument.substring(0, equals);
        settings.add(setting(flag, List.of(argument.substring(equals + 1))));
        continue;
      }
      List<String> values = new ArrayList<>();
      while (at < arguments.size() && !arguments.get(at).startsWith("--")) {
        values.add(arguments.get(at++));
      }
      settings.add(setting(argument, values));
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
    return settings;
  }

  private static Setting setting(String flag, List<String> values) {
    Value value =
        switch (values.size()) {
          case 0 -> new Scalar("true", Kind.BOOLEAN);
          case 1 -> new Scalar(values.get(0), Kind.FLAG);
          default ->
              new Sequence(
                  values.stream().<Value>map(text -> new Scalar(text, Kind.FLAG)).toList());
        };
    return new Setting(flag.substring(2), value, flag);
  }
}
