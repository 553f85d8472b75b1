/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.recipe;

import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Mapping;
import dev.dpo4j.config.value.Value.Scalar;
import dev.dpo4j.config.value.Value.Sequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads and makes written values. */
final class RecipeValues {
  private RecipeValues() {}

  static Value text(String text) {
    return new Scalar(text, Kind.TEXT);
  }

  static Value number(double number) {
    boolean whole = number == Math.rint(number) && Math.abs(number) < 1e15;
    return new Scalar(whole ? Long.toString((long) number) : Double.toString(number), Kind.NUMBER);
  }

  static Value bool(boolean value) {
    return new Scalar(Boolean.toString(value), Kind.BOOLEAN);
  }

  static Value list(List<? extends Value> items) {
    return new Sequence(List.copyOf(items));
  }

  static Value map(Map<String, ? extends Value> entries) {
    return new Mapping(new LinkedHashMap<>(entries));
  }

  static boolean isNull(@Nullable Value value) {
    return value == null
        || (value instanceof Scalar scalar
            && (scalar.kind() == Kind.NULL
                || List.of("", "null", "none", "~").contains(lower(scalar.text()))));
  }

  /** Whether a value is true; text counts as flags and YAML 1.1 have it. */
  static boolean isTrue(@Nullable Value value) {
    return value instanceof Scalar scalar
        && List.of("true", "yes", "on", "1").contains(lower(scalar.text()));
  }

  static boolean isFalse(@Nullable Value value) {
    return value instanceof Scalar scalar
        && List.of("false", "no", "off", "0").contains(lower(scalar.text()));
  }

  /** Returns a scalar as text; null for null and for lists and maps. */
  static @Nullable String string(@Nullable Value value) {
    return isNull(value) || !(value instanceof Scalar scalar) ? null : scalar.text();
  }

  static @Nullable Double decimal(@Nullable Value value) {
    String text = string(value);
    if (text == null) {
      return null;
    }
    try {
      return Double.valueOf(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Returns a list of texts; a scalar may hold several between commas. */
  static List<String> strings(@Nullable Value value) {
    if (value instanceof Sequence list) {
      return list.items().stream().map(RecipeValues::string).filter(Objects::nonNull).toList();
    }
    String text = string(value);
    return text == null
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  static List<Value> items(@Nullable Value value) {
    if (value instanceof Sequence list) {
      return new ArrayList<>(list.items());
    }
    return isNull(value) ? List.of() : List.of(Objects.requireNonNull(value));
  }

  static Map<String, Value> entries(@Nullable Value value) {
    return value instanceof Mapping map ? map.entries() : Map.of();
  }

  /** Whether two values say the same, however they are written. */
  static boolean same(Value a, Value b) {
    return plain(a).equals(plain(b));
  }

  /** Whether a value is one of those written as text, or asks for nothing. */
  static boolean isOneOf(Value value, List<String> texts) {
    String plain = plain(value);
    return texts.contains("*")
        || List.of("null", "false", "", "[]", "{}").contains(plain)
        || texts.stream().anyMatch(text -> plain(text).equals(plain));
  }

  private static String plain(Value value) {
    if (isNull(value)) {
      return "null";
    } else if (value instanceof Scalar scalar) {
      return plain(scalar.text());
    } else if (value instanceof Sequence list) {
      return list.items().size() == 1
          ? plain(list.items().get(0))
          : list.items().stream()
              .map(RecipeValues::plain)
              .collect(Collectors.joining(",", "[", "]"));
    }
    return entries(value).entrySet().stream()
        .map(entry -> entry.getKey() + ":" + plain(entry.getValue()))
        .sorted()
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** Takes 16 and 16.0, none and None for the same. */
  private static String plain(String written) {
    String text = lower(written.strip());
    boolean number = text.matches("[-+]?[0-9]+(\\.[0-9]*)?(e[-+]?[0-9]+)?");
    return number ? Double.toString(Double.parseDouble(text)) : text;
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** Returns a value as a short text for messages. */
  static String show(Value value) {
    if (value instanceof Scalar scalar) {
      String text = scalar.text().replace("\n", "\\n");
      return text.length() > 60 ? text.substring(0, 57) + "..." : text;
    } else if (value instanceof Sequence list) {
      return list.items().stream()
          .map(RecipeValues::show)
          .collect(Collectors.joining(", ", "[", "]"));
    }
    return "{" + String.join(", ", entries(value).keySet()) + "}";
  }
}
