/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import dev.dpo4j.config.value.Value;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes values as YAML that both YAML 1.1 and 1.2 readers take for the same. */
final class YamlText {
  private YamlText() {}

  /** Writes one key a line; those that are inert stand in comments. */
  static String write(
      Collection<Key> keys, Map<String, @Nullable Object> values, Set<String> inert) {
    StringBuilder text = new StringBuilder();
    String group = "";
    for (Key key : keys) {
      if (!key.group().equals(group)) {
        group = key.group();
        text.append(text.isEmpty() ? "# " : "\n# ").append(group).append('\n');
      }
      text.append(inert.contains(key.name()) ? "# " : "");
      text.append(key.name()).append(": ").append(value(values.get(key.name()))).append('\n');
    }
    return text.toString();
  }

  static String value(@Nullable Object value) {
    if (value == null) {
      return "null";
    } else if (value instanceof Value structure) {
      return written(structure);
    } else if (value instanceof Double number) {
      return number(number);
    } else if (value instanceof List<?> list) {
      return list.stream().map(YamlText::value).collect(Collectors.joining(", ", "[", "]"));
    } else if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> quote(String.valueOf(entry.getKey())) + ": " + value(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    } else if (value instanceof Enum<?> constant) {
      return quote(Converter.name(constant));
    } else if (value instanceof Boolean || value instanceof Number) {
      return value.toString();
    }
    return quote(value.toString());
  }

  private static String written(Value value) {
    if (value instanceof Value.Sequence list) {
      return list.items().stream()
          .map(YamlText::written)
          .collect(Collectors.joining(", ", "[", "]"));
    } else if (value instanceof Value.Mapping map) {
      return map.entries().entrySet().stream()
          .map(entry -> quote(entry.getKey()) + ": " + written(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    Value.Scalar scalar = (Value.Scalar) value;
    boolean plain = scalar.kind() != Value.Kind.TEXT && scalar.kind() != Value.Kind.FLAG;
    return plain ? scalar.text() : quote(scalar.text());
  }

  /** YAML 1.1 wants a dot and a signed exponent, else it reads text. */
  private static String number(double value) {
    String text = Double.toString(value).toLowerCase(Locale.ROOT);
    return text.contains("e") && !text.contains("e-")
        ? new BigDecimal(text).toPlainString() + ".0"
        : text;
  }

  private static String quote(String text) {
    boolean plain = text.matches("[A-Za-z_./][A-Za-z0-9_./-]*");
    boolean word = text.toLowerCase(Locale.ROOT).matches("true|false|yes|no|on|off|y|n|null|~");
    if (plain && !word) {
      return text;
    }
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7f) {
            quoted.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }
}
