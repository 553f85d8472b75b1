/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import dev.dpo4j.config.value.EditDistance;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Mapping;
import dev.dpo4j.config.value.Value.Scalar;
import dev.dpo4j.config.value.Value.Sequence;
import dev.dpo4j.config.value.YamlSource;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns written values into the types of record components. */
final class Converter {
  private Converter() {}

  /** Tells why a value does not fit, without saying where it stands. */
  static final class Mismatch extends Exception {
    private static final long serialVersionUID = 1L;

    Mismatch(String message) {
      super(message, null, false, false);
    }
  }

  /** Returns the value as the type of the key, or null where the key may be null. */
  static @Nullable Object convert(Key key, Value value) throws Mismatch {
    if (isNull(key, value)) {
      if (key.nullable()) {
        return null;
      } else if (raw(key.type()) == Map.class) {
        return Map.of();
      }
      throw mismatch(key, value);
    }
    Class<?> raw = raw(key.type());
    if (raw == Value.class) {
      return structure(value);
    }
    if (raw == List.class) {
      return list(key, value);
    }
    if (raw == Map.class) {
      return map(key, value);
    }
    if (value instanceof Sequence list && list.items().size() == 1) {
      return scalar(key, raw, list.items().get(0), value);
    }
    return scalar(key, raw, value, value);
  }

  /** Takes what was written as it is; a flag may hold JSON. */
  private static Value structure(Value value) {
    boolean json =
        value instanceof Scalar scalar
            && (scalar.text().startsWith("{") || scalar.text().startsWith("["));
    return json ? YamlSource.flow(((Scalar) value).text(), "the value") : value;
  }

  private static boolean isNull(Key key, Value value) {
    if (!(value instanceof Scalar scalar)) {
      return false;
    }
    if (scalar.kind() == Kind.NULL) {
      return true;
    }
    String text = scalar.text().toLowerCase(Locale.ROOT);
    return key.nullable()
        && (scalar.kind() == Kind.FLAG || scalar.kind() == Kind.TEXT)
        && (text.equals("null") || text.equals("none"));
  }

  private static List<Object> list(Key key, Value value) throws Mismatch {
    Class<?> element = raw(argument(key.type(), 0));
    List<Object> result = new ArrayList<>();
    for (Value item : items(value)) {
      result.add(scalar(key, element, item, value));
    }
    return Collections.unmodifiableList(result);
  }

  /** A scalar stands for a list of one, or of several between commas. */
  private static List<Value> items(Value value) {
    if (value instanceof Sequence sequence) {
      return sequence.items();
    }
    if (!(value instanceof Scalar scalar)) {
      return List.of(value);
    }
    if (scalar.text().startsWith("[")) {
      return items(YamlSource.flow(scalar.text(), "the value"));
    }
    return scalar.text().isEmpty()
        ? List.of()
        : Arrays.stream(scalar.text().split(",", -1))
            .<Value>map(part -> new Scalar(part.strip(), scalar.kind()))
            .toList();
  }

  private static Map<String, Object> map(Key key, Value value) throws Mismatch {
    Value read = value;
    if (value instanceof Scalar scalar) {
      read =
          scalar.text().startsWith("{")
              ? YamlSource.flow(scalar.text(), "the value")
              : pairs(scalar.text());
    }
    if (!(read instanceof Mapping mapping)) {
      throw mismatch(key, value);
    }
    Class<?> element = raw(argument(key.type(), 1));
    Map<String, Object> result = new LinkedHashMap<>();
    for (Map.Entry<String, Value> entry : mapping.entries().entrySet()) {
      result.put(entry.getKey(), scalar(key, element, entry.getValue(), read));
    }
    return Collections.unmodifiableMap(result);
  }

  /** Reads {@code a=1,b=2}; what is not of this form stays as it was. */
  private static Value pairs(String text) {
    Map<String, Value> pairs = new LinkedHashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals <= 0) {
        return new Scalar(text, Kind.FLAG);
      }
      String value = part.substring(equals + 1).strip();
      pairs.put(part.substring(0, equals).strip(), new Scalar(value, Kind.FLAG));
    }
    return new Mapping(pairs);
  }

  private static Object scalar(Key key, Class<?> type, Value value, Value whole) throws Mismatch {
    if (!(value instanceof Scalar scalar) || scalar.kind() == Kind.NULL) {
      throw mismatch(key, whole);
    }
    @Nullable Object result = parse(type, scalar);
    if (result == null) {
      boolean named = type.isEnum() && scalar.kind() != Kind.NUMBER;
      throw named
          ? noChoice(names(type, true), names(type, false), scalar.text())
          : mismatch(key, whole);
    }
    checkLimits(key, result, scalar.text());
    return result;
  }

  /** Refuses a number outside of the range and a text that is no choice. */
  private static void checkLimits(Key key, Object value, String written) throws Mismatch {
    if (value instanceof Number number && !key.range().contains(number.doubleValue())) {
      throw new Mismatch("must be " + key.range().words() + " but was " + written);
    }
    if (value instanceof String text && !key.choices().isEmpty() && !key.choices().contains(text)) {
      throw noChoice(key.choices(), key.choices(), text);
    }
  }

  private static Mismatch noChoice(List<String> choices, List<String> known, String text) {
    String hint =
        EditDistance.nearest(text, known)
            .map(near -> "; did you mean \"" + near + "\"?")
            .orElse("");
    return new Mismatch(
        "must be one of " + String.join(", ", choices) + " but was \"" + text + '"' + hint);
  }

  /** Returns a value that has the type of the key already, if the key may have it. */
  static @Nullable Object checked(Key key, @Nullable Object value) throws Mismatch {
    if (value == null) {
      if (key.nullable()) {
        return null;
      }
      throw new Mismatch("expected " + expected(key) + ", found null");
    }
    if (value instanceof List<?> list) {
      for (Object item : list) {
        checkOne(key, item);
      }
      return List.copyOf(list);
    }
    if (value instanceof Map<?, ?> map) {
      for (Object item : map.values()) {
        checkOne(key, item);
      }
      return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }
    checkOne(key, value);
    return value;
  }

  private static void checkOne(Key key, @Nullable Object value) throws Mismatch {
    if (value == null) {
      throw new Mismatch("expected " + expected(key) + ", found null inside it");
    }
    if (value instanceof Double number && !Double.isFinite(number)) {
      throw new Mismatch("expected " + expected(key) + ", found number " + number);
    }
    checkLimits(key, value, value.toString());
  }

  private static @Nullable Object parse(Class<?> type, Scalar scalar) {
    String text = scalar.text();
    if (type == String.class) {
      return text;
    } else if (type == Path.class) {
      return path(text);
    } else if (type == boolean.class || type == Boolean.class) {
      return scalar.kind() == Kind.NUMBER ? null : bool(text);
    } else if (type.isEnum()) {
      return constant(type, text);
    }
    return scalar.kind() == Kind.BOOLEAN ? null : number(type, text);
  }

  private static @Nullable Path path(String text) {
    try {
      return text.isEmpty() ? null : Path.of(text);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static @Nullable Boolean bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "t", "y", "1", "on" -> Boolean.TRUE;
      case "false", "no", "f", "n", "0", "off" -> Boolean.FALSE;
      default -> null;
    };
  }

  private static @Nullable Object constant(Class<?> type, String text) {
    for (Object constant : type.getEnumConstants()) {
      if (name(constant).equalsIgnoreCase(text)) {
        return constant;
      }
    }
    return null;
  }

  private static @Nullable Number number(Class<?> type, String text) {
    try {
      if (type == int.class || type == Integer.class) {
        return Integer.valueOf(text);
      } else if (type == long.class || type == Long.class) {
        return Long.valueOf(text);
      } else if (type == double.class || type == Double.class) {
        double value = new BigDecimal(text).doubleValue();
        return Double.isFinite(value) ? (Number) value : null;
      }
    } catch (NumberFormatException e) {
      return null;
    }
    throw new IllegalStateException("a configuration key cannot have the type " + type);
  }

  private static List<String> names(Class<?> type, boolean listed) {
    return Arrays.stream(type.getEnumConstants())
        .filter(one -> !listed || !(one instanceof OptionChoice choice) || choice.isListed())
        .map(Converter::name)
        .toList();
  }

  /** Returns the name of an enum constant as it is written in a file. */
  static String name(Object constant) {
    return constant instanceof OptionChoice choice
        ? choice.configName()
        : ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
  }

  private static Mismatch mismatch(Key key, Value value) {
    return new Mismatch("expected " + expected(key) + ", found " + value.describe());
  }

  static String expected(Key key) {
    Class<?> raw = raw(key.type());
    String words;
    if (raw == Value.class) {
      words = "a list or a map";
    } else if (raw == List.class) {
      words = "a list, each " + one(key, raw(argument(key.type(), 0)));
    } else if (raw == Map.class) {
      words = "a map, each value " + one(key, raw(argument(key.type(), 1)));
    } else {
      words = one(key, raw);
    }
    return key.nullable() ? words + ", or null" : words;
  }

  private static String one(Key key, Class<?> type) {
    if (!key.choices().isEmpty()) {
      return "one of " + String.join(", ", key.choices());
    } else if (type.isEnum()) {
      return "one of " + String.join(", ", names(type, true));
    } else if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    } else if (type == String.class) {
      return "text";
    } else if (type == Path.class) {
      return "a path";
    }
    String rule = key.range().rule();
    String noun = type == double.class || type == Double.class ? "a number" : "an integer";
    return rule.isEmpty() ? noun : noun + " " + rule;
  }

  private static Class<?> raw(Type type) {
    return (Class<?>)
        (type instanceof ParameterizedType parameterized ? parameterized.getRawType() : type);
  }

  private static Type argument(Type type, int index) {
    return ((ParameterizedType) type).getActualTypeArguments()[index];
  }
}
