/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.serve.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The fields of a JSON object; each reader refuses by name what it does not expect. */
final class Fields {
  private final JsonNode object;
  private final String prefix;

  Fields(JsonNode object, String prefix) {
    this.object = object;
    this.prefix = prefix;
  }

  /** The field, null when it is absent or null. */
  @Nullable JsonNode get(String name) {
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  String path(String name) {
    return prefix + name;
  }

  ApiException fault(String name, @Nullable Object found, String expected) {
    String text = String.valueOf(found);
    String shown = text.length() > 100 ? text.substring(0, 100) + "..." : text;
    return ApiException.invalid(
        path(name), "%s must be %s, but was %s.".formatted(path(name), expected, shown));
  }

  void refuseUnknown(Set<String> known) {
    for (String name : object.propertyNames()) {
      if (!known.contains(name)) {
        throw ApiException.invalid(path(name), "Unrecognized request argument: " + path(name));
      }
    }
  }

  @Nullable String text(String name) {
    JsonNode value = get(name);
    if (value != null && !value.isString()) {
      throw fault(name, value, "a text");
    }
    return value == null ? null : value.stringValue();
  }

  boolean flag(String name, boolean absent) {
    JsonNode value = get(name);
    if (value != null && !value.isBoolean()) {
      throw fault(name, value, "true or false");
    }
    return value == null ? absent : value.booleanValue();
  }

  double number(String name, double absent, double min, double max) {
    JsonNode value = get(name);
    if (value == null) {
      return absent;
    }
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!(number >= min && number <= max)) {
      throw fault(
          name,
          value,
          max == Double.MAX_VALUE
              ? "a number of at least " + plain(min)
              : "a number from %s to %s".formatted(plain(min), plain(max)));
    }
    return number;
  }

  private static String plain(double number) {
    return number == Math.rint(number) ? String.valueOf((long) number) : String.valueOf(number);
  }

  @Nullable Integer integer(String name, int min, int max) {
    JsonNode value = get(name);
    if (value == null) {
      return null;
    }
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!(number >= min && number <= max) || number != Math.rint(number)) {
      throw fault(
          name,
          value,
          max == Integer.MAX_VALUE
              ? "a whole number of at least " + min
              : "a whole number from %d to %d".formatted(min, max));
    }
    return (int) number;
  }

  @Nullable Long whole(String name) {
    JsonNode value = get(name);
    if (value != null && (!value.isIntegralNumber() || !value.canConvertToLong())) {
      throw fault(name, value, "a whole number of at most 64 bits");
    }
    return value == null ? null : value.longValue();
  }

  /** A text or a list of texts. */
  List<String> texts(String name) {
    JsonNode value = get(name);
    if (value == null) {
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode item : value.isArray() ? value : List.of(value)) {
      if (!item.isString()) {
        throw fault(name, value, "a text or a list of texts");
      }
      texts.add(item.stringValue());
    }
    return texts;
  }

  /** Refuses a field that would change the answer and is not supported, unless it is neutral. */
  void refuse(String name, String why) {
    JsonNode value = get(name);
    boolean neutral =
        value == null
            || (value.isNumber() && value.doubleValue() == 0)
            || (value.isBoolean() && !value.booleanValue())
            || (value.isString() && value.stringValue().isEmpty())
            || (value.isContainer() && value.isEmpty());
    if (!neutral) {
      throw ApiException.invalid(path(name), path(name) + " is not supported: " + why + ".");
    }
  }
}
