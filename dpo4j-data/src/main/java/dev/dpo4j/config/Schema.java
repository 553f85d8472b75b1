/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Value;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The keys of a record and of the records inside it. */
final class Schema<T extends Record> {
  private final Class<T> type;
  private final Map<String, Key> keys = new LinkedHashMap<>();
  private final Map<String, Key> names = new LinkedHashMap<>();

  Schema(Class<T> type) {
    this.type = type;
    collect(type, "", Map.of());
  }

  private void collect(Class<?> record, String group, Map<String, String> defaults) {
    for (RecordComponent component : record.getRecordComponents()) {
      if (component.getType().isRecord()) {
        @Nullable Option option = component.getAnnotation(Option.class);
        Map<String, String> inner =
            new LinkedHashMap<>(option == null ? Map.of() : defaults(option));
        inner.putAll(defaults);
        collect(component.getType(), option == null ? component.getName() : option.help(), inner);
      } else {
        add(new Key(component, group, defaults));
      }
    }
  }

  private static Map<String, String> defaults(Option option) {
    Map<String, String> defaults = new LinkedHashMap<>();
    for (String entry : option.defaults()) {
      int equals = entry.indexOf('=');
      defaults.put(entry.substring(0, equals), entry.substring(equals + 1));
    }
    return defaults;
  }

  private void add(Key key) {
    keys.put(key.name(), key);
    List<String> all = new ArrayList<>(key.aliases());
    all.add(key.name());
    for (String name : all) {
      if (names.put(name, key) != null) {
        throw new IllegalStateException("two keys are called " + name + " in " + type);
      }
    }
  }

  /** Returns the keys in the order of the record. */
  Collection<Key> keys() {
    return keys.values();
  }

  /** Returns the key of a name or an alias, in snake or kebab case. */
  @Nullable Key find(String name) {
    return names.get(name.replace('-', '_'));
  }

  /** Returns every name that is accepted. */
  Collection<String> names() {
    return names.keySet();
  }

  /**
   * Builds the record; what its constructors refuse goes to {@code faults}, and null comes back.
   */
  @Nullable T build(Map<String, @Nullable Object> values, Consumer<Fault> faults) {
    return type.cast(build(type, values, faults));
  }

  private static @Nullable Object build(
      Class<?> record, Map<String, @Nullable Object> values, Consumer<Fault> faults) {
    RecordComponent[] components = record.getRecordComponents();
    @Nullable Object[] arguments = new @Nullable Object[components.length];
    boolean whole = true;
    for (int i = 0; i < components.length; i++) {
      if (components[i].getType().isRecord()) {
        arguments[i] = build(components[i].getType(), values, faults);
        whole &= arguments[i] != null;
      } else {
        arguments[i] = values.get(Key.snakeCase(components[i].getName()));
      }
    }
    return whole ? construct(record, components, arguments, faults) : null;
  }

  private static @Nullable Object construct(
      Class<?> record,
      RecordComponent[] components,
      @Nullable Object[] arguments,
      Consumer<Fault> faults) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      Constructor<?> constructor = record.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof ConfigException several) {
        several.faults().forEach(faults);
      } else if (e.getCause() instanceof IllegalArgumentException one) {
        faults.accept(new Fault("", "", String.valueOf(one.getMessage())));
      } else {
        throw new IllegalStateException("the constructor of " + record + " failed", e.getCause());
      }
      return null;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot construct " + record, e);
    }
  }

  /** Reads every key back out of a record. */
  static Map<String, @Nullable Object> flatten(Record record) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      @Nullable Object value = read(record, component);
      // A value as it was written is a record, too, but not a group of keys.
      if (value instanceof Record nested && !(value instanceof Value)) {
        values.putAll(flatten(nested));
      } else {
        values.put(Key.snakeCase(component.getName()), value);
      }
    }
    return values;
  }

  /** Visits the record after the records inside it. */
  static void visit(Record record, Consumer<Record> visitor) {
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      if (read(record, component) instanceof Record nested && !(nested instanceof Value)) {
        visit(nested, visitor);
      }
    }
    visitor.accept(record);
  }

  private static @Nullable Object read(Record record, RecordComponent component) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot read " + component, e);
    }
  }
}
