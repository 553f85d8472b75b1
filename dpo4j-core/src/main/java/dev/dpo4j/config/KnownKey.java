/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.util.List;
import java.util.Locale;

/**
 * A key that other tools know and that has no effect here.
 *
 * <p>It is accepted at values that ask for nothing, so that a file of the other tool runs, and
 * refused at any other.
 *
 * @param name the key in snake case
 * @param neutral the values accepted, as text; {@code *} accepts all
 * @param hint what to do instead, empty if there is nothing to say
 */
public record KnownKey(String name, List<String> neutral, String hint) {
  public KnownKey {
    neutral = List.copyOf(neutral);
  }

  boolean accepts(Value value) {
    return neutral.contains("*") || neutral.stream().anyMatch(n -> plain(n).equals(text(value)));
  }

  private static String text(Value value) {
    if (value instanceof Value.Scalar scalar) {
      return plain(scalar.text());
    } else if (value instanceof Value.Sequence list) {
      return list.items().size() == 1
          ? text(list.items().get(0))
          : "[" + String.join(",", list.items().stream().map(KnownKey::text).toList()) + "]";
    }
    return value instanceof Value.Mapping map && map.entries().isEmpty() ? "{}" : "{...}";
  }

  /** Takes 16 and 16.0, none and None for the same. */
  private static String plain(String written) {
    String text = written.toLowerCase(Locale.ROOT);
    boolean number = text.matches("[-+]?[0-9]+(\\.[0-9]*)?(e[-+]?[0-9]+)?");
    return number ? Double.toString(Double.parseDouble(text)) : text;
  }
}
