/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.model.style.ConfigFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Typed reading of a JSON object's fields that collects faults instead of stopping at the first. A
 * field that is null counts as absent.
 */
public final class JsonFields implements ConfigFields {
  private final ObjectNode object;
  private final String prefix;
  private final List<String> faults;

  JsonFields(ObjectNode object, String prefix, List<String> faults) {
    this.object = object;
    this.prefix = prefix;
    this.faults = faults;
  }

  /** The fields of a file, whose faults are added to a list. */
  public static JsonFields of(Path file, List<String> faults) {
    return new JsonFields(ModelJson.read(file), "", faults);
  }

  /** The field, null when it is absent or null. */
  public @Nullable JsonNode get(String field) {
    JsonNode value = object.get(field);
    return value == null || value.isNull() ? null : value;
  }

  /** The names of all fields. */
  public List<String> names() {
    return object.properties().stream().map(Map.Entry::getKey).toList();
  }

  @Override
  public boolean isSet(String field) {
    return get(field) != null;
  }

  /** Whether the field stands there, be it as null. */
  @Override
  public boolean names(String field) {
    return object.has(field);
  }

  @Override
  public void fault(String field, Object found, String expected) {
    String fault = prefix + field + ": found " + found + ", expected " + expected;
    if (!faults.contains(fault)) {
      faults.add(fault);
    }
  }

  /** Whether none of the fields has a fault so far. */
  boolean sound(String... fields) {
    return Arrays.stream(fields)
        .noneMatch(field -> faults.stream().anyMatch(f -> f.startsWith(prefix + field + ":")));
  }

  @Override
  public int integer(String field, int absent, int min, int max) {
    Integer value = integerOrNull(field, min, max);
    return value == null ? absent : value;
  }

  @Nullable Integer integerOrNull(String field, int min, int max) {
    JsonNode value = get(field);
    if (value == null) {
      return null;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < min
        || value.intValue() > max) {
      fault(field, shorten(value), "a whole number from " + min + " to " + max);
      return null;
    }
    return value.intValue();
  }

  /** A finite number above zero. */
  @Override
  public double positive(String field, double absent) {
    Double value = positiveOrNull(field);
    return value == null ? absent : value;
  }

  @Override
  public @Nullable Double positiveOrNull(String field) {
    return number(field, Double.MIN_VALUE, "a finite number above 0");
  }

  /** A finite number of zero or more. */
  @Override
  public @Nullable Double zeroOrMore(String field) {
    return number(field, 0, "a finite number of 0 or more");
  }

  private @Nullable Double number(String field, double min, String expected) {
    JsonNode value = get(field);
    if (value == null) {
      return null;
    }
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!(number >= min) || Double.isInfinite(number)) {
      fault(field, shorten(value), expected);
      return null;
    }
    return number;
  }

  @Override
  public boolean flag(String field, boolean absent) {
    JsonNode value = get(field);
    if (value == null) {
      return absent;
    }
    if (!value.isBoolean()) {
      fault(field, shorten(value), "true or false");
      return absent;
    }
    return value.booleanValue();
  }

  public @Nullable String text(String field) {
    JsonNode value = get(field);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      fault(field, shorten(value), "text");
      return null;
    }
    return value.stringValue();
  }

  /** A list of text, null when it is absent. */
  @Override
  public @Nullable List<String> texts(String field) {
    JsonNode value = get(field);
    if (value == null) {
      return null;
    }
    List<String> result = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(
          item -> {
            if (item.isString()) {
              result.add(item.stringValue());
            }
          });
    }
    if (!value.isArray() || result.size() != value.size()) {
      fault(field, shorten(value), "a list of text");
      return null;
    }
    return result;
  }

  /** A list of whole numbers, null when it is absent. */
  @Override
  public @Nullable List<Integer> integers(String field) {
    return list(
        field, value -> value.isIntegralNumber() && value.canConvertToInt(), JsonNode::intValue);
  }

  /** A list of finite numbers, null when it is absent. */
  @Nullable List<Double> numbers(String field) {
    return list(field, JsonNode::isNumber, JsonNode::doubleValue);
  }

  private <T> @Nullable List<T> list(
      String field, Predicate<JsonNode> fits, Function<JsonNode, T> read) {
    JsonNode value = get(field);
    if (value == null) {
      return null;
    }
    List<T> result = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(
          item -> {
            if (fits.test(item)) {
              result.add(read.apply(item));
            }
          });
    }
    if (!value.isArray() || result.size() != value.size()) {
      fault(field, shorten(value), "a list of numbers");
      return null;
    }
    return result;
  }

  /** A token id or a list of them. */
  public List<Integer> tokenIds(String field, List<Integer> absent) {
    if (!names(field)) {
      return absent;
    }
    JsonNode value = get(field);
    if (value == null) {
      return List.of();
    }
    List<Integer> ids = new ArrayList<>();
    for (JsonNode item : value.isArray() ? value : List.of(value)) {
      if (!item.isIntegralNumber() || !item.canConvertToInt()) {
        fault(field, shorten(value), "a token id or a list of token ids");
        return List.of();
      }
      ids.add(item.intValue());
    }
    return List.copyOf(ids);
  }

  /** A nested object, null when it is absent. */
  public @Nullable JsonFields object(String field) {
    JsonNode value = get(field);
    if (value == null) {
      return null;
    }
    if (!(value instanceof ObjectNode nested)) {
      fault(field, shorten(value), "an object");
      return null;
    }
    return new JsonFields(nested, prefix + field + ".", faults);
  }

  /** The fields that are set, by name. */
  Map<String, JsonNode> set() {
    Map<String, JsonNode> result = new LinkedHashMap<>();
    object
        .properties()
        .forEach(
            e -> {
              if (!e.getValue().isNull()) {
                result.put(e.getKey(), e.getValue());
              }
            });
    return result;
  }

  public static String shorten(JsonNode value) {
    String text = value.toString();
    return text.length() <= 80 ? text : text.substring(0, 77) + "...";
  }
}
