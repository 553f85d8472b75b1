/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Mapping;
import dev.dpo4j.config.value.Value.Scalar;
import dev.dpo4j.config.value.Value.Sequence;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes plain Java values as those of a configuration. */
public final class ConfigValues {
  private ConfigValues() {}

  public static Value scalar(@Nullable Object value) {
    if (value == null) {
      return new Scalar("null", Kind.NULL);
    } else if (value instanceof Number) {
      return new Scalar(value.toString(), Kind.NUMBER);
    } else if (value instanceof Boolean) {
      return new Scalar(value.toString(), Kind.BOOLEAN);
    } else if (value instanceof Enum<?> constant) {
      return new Scalar(constant.name().toLowerCase(Locale.ROOT), Kind.TEXT);
    }
    return new Scalar(value.toString(), Kind.TEXT);
  }

  public static Value list(String... texts) {
    return new Sequence(Arrays.stream(texts).map(ConfigValues::scalar).toList());
  }

  public static Value list(double... numbers) {
    return new Sequence(Arrays.stream(numbers).mapToObj(ConfigValues::scalar).toList());
  }

  public static Value map(Map<String, ?> values) {
    Map<String, Value> entries = new LinkedHashMap<>();
    values.forEach((name, value) -> entries.put(name, scalar(value)));
    return new Mapping(entries);
  }
}
