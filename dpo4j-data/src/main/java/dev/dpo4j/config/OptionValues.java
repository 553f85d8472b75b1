/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.YamlSource;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values of keys that a program sets with the types of their record components.
 *
 * <p>Generated builders keep what they were told in one of these. Keys that are not set have their
 * defaults.
 *
 * @param <T> the record of options
 */
public final class OptionValues<T extends Record> {
  private final Binder<T> binder;
  private final Map<String, @Nullable Object> values;

  private OptionValues(Binder<T> binder, Map<String, @Nullable Object> values) {
    this.binder = binder;
    this.values = values;
  }

  /** Starts with the default of every key. */
  public static <T extends Record> OptionValues<T> of(Class<T> type) {
    return new OptionValues<>(Binder.of(type), new LinkedHashMap<>());
  }

  /** Starts with the values of a record. */
  @SuppressWarnings("unchecked") // the class of a record of type T
  public static <T extends Record> OptionValues<T> of(T record) {
    Binder<T> binder = Binder.of((Class<T>) record.getClass());
    return new OptionValues<>(binder, binder.changed(record));
  }

  /** Sets a key to a value of the component's type. */
  public void set(String key, @Nullable Object value) {
    values.put(key, value);
  }

  /** Sets a key whose component is a list of numbers. */
  public void set(String key, double[] numbers) {
    set(key, Arrays.stream(numbers).boxed().toList());
  }

  /** Sets a key whose component is a map of names to texts; numbers become their text. */
  public void setTexts(String key, Map<String, ?> map) {
    Map<String, String> texts = new LinkedHashMap<>();
    map.forEach((name, value) -> texts.put(name, String.valueOf(value)));
    set(key, Collections.unmodifiableMap(texts));
  }

  /**
   * Sets a key whose component is a structure, such as a list of maps.
   *
   * @param json the structure as JSON
   * @throws dev.dpo4j.config.value.ConfigException if the text is not JSON
   */
  public void setJson(String key, @Nullable String json) {
    @Nullable Value value = json == null ? null : YamlSource.flow(json, key);
    set(key, value);
  }

  /**
   * Returns the record.
   *
   * @param where what is named in messages as the place where the values were set
   * @throws dev.dpo4j.config.value.ConfigException with all faults at once
   */
  public T build(String where) {
    return binder.build(values, where);
  }

  /** Returns the keys that were set, for tests and messages. */
  public List<String> keys() {
    return List.copyOf(values.keySet());
  }
}
