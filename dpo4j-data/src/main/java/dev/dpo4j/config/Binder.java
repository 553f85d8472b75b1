/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import dev.dpo4j.config.Converter.Mismatch;
import dev.dpo4j.config.dialect.Dialect;
import dev.dpo4j.config.dialect.Negation;
import dev.dpo4j.config.dialect.Translation;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.EditDistance;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.config.value.Note;
import dev.dpo4j.config.value.Secrets;
import dev.dpo4j.config.value.Setting;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.config.value.Value.Kind;
import dev.dpo4j.config.value.Value.Scalar;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Binds settings from files and flags onto a record of records.
 *
 * <p>Every leaf component is a key in snake case (kebab case is understood too). Sources given
 * later win. All faults of all sources come together in one {@link ConfigException}.
 */
public final class Binder<T extends Record> {
  private final Schema<T> schema;
  private final @Nullable Dialect dialect;

  private Binder(Class<T> type, @Nullable Dialect dialect) {
    this.schema = new Schema<>(type);
    this.dialect = dialect;
  }

  /** Returns a binder for a record whose leaf components carry {@link Option}. */
  public static <T extends Record> Binder<T> of(Class<T> type) {
    return new Binder<>(type, null);
  }

  /** Returns a binder that also understands settings of other tools. */
  public static <T extends Record> Binder<T> of(Class<T> type, Dialect dialect) {
    return new Binder<>(type, dialect);
  }

  /** Returns the keys in the order of the record. */
  public List<Key> keys() {
    return List.copyOf(schema.keys());
  }

  /**
   * Rewrites settings of other tools into those of the record.
   *
   * @param sources the settings, the weakest source first
   * @param further keys that the record lacks and that the caller knows
   */
  public Translation translate(List<List<Setting>> sources, Collection<Key> further) {
    return dialect == null
        ? Translation.of(sources)
        : dialect.translate(sources, new SchemaNames(schema, further));
  }

  /**
   * Binds the sources.
   *
   * @param required keys that must be set
   * @param sources the settings, the weakest source first; the first of several is a file
   */
  public Bound<T> bind(Collection<String> required, List<List<Setting>> sources) {
    return bind(required, translate(sources, List.of()));
  }

  /** Binds settings that are translated already; their faults come before those found here. */
  public Bound<T> bind(Collection<String> required, Translation translation) {
    Binding binding = new Binding(translation);
    List<List<Setting>> sources = translation.sources();
    for (int i = 0; i < sources.size(); i++) {
      binding.read(sources.get(i), i == 0 && sources.size() > 1);
    }
    binding.require(required);
    return binding.finish();
  }

  /** Binds the settings of a file and of flags; the flags win. */
  public Bound<T> bind(List<Setting> file, List<Setting> flags) {
    return bind(List.<String>of(), List.of(file, flags));
  }

  /** Builds the record from values that have the types of its components already. */
  T build(Map<String, @Nullable Object> values, String where) {
    Binding binding = new Binding(Translation.of(List.of()));
    values.forEach((name, value) -> binding.take(name, value, where));
    return binding.finish().value();
  }

  /** Returns the values that differ from their defaults and have an effect. */
  Map<String, @Nullable Object> changed(T value) {
    Map<String, @Nullable Object> changed = Schema.flatten(value);
    Map<String, @Nullable Object> defaults = new Binding(Translation.of(List.of())).defaults;
    changed
        .entrySet()
        .removeIf(entry -> Objects.equals(entry.getValue(), defaults.get(entry.getKey())));
    changed.keySet().removeAll(InertKeys.of(value));
    return changed;
  }

  /** Returns the values of all keys of a record, by name. */
  public Map<String, @Nullable Object> flatten(T value) {
    return Schema.flatten(value);
  }

  /** Returns the keys in which a record differs from another, in order, with both values. */
  public Map<String, Change> changes(T value, T usual) {
    Map<String, @Nullable Object> values = Schema.flatten(value);
    Map<String, @Nullable Object> others = Schema.flatten(usual);
    Map<String, Change> changes = new LinkedHashMap<>();
    for (Key key : schema.keys()) {
      String is = YamlText.value(values.get(key.name()));
      String was = YamlText.value(others.get(key.name()));
      if (!is.equals(was)) {
        changes.put(key.name(), new Change(is, was));
      }
    }
    return changes;
  }

  /**
   * Returns the record as YAML that binds to an equal record; keys without effect stand in
   * comments.
   */
  public String toYaml(T value) {
    return YamlText.write(schema.keys(), Schema.flatten(value), InertKeys.of(value));
  }

  /** Returns those keys of a record as YAML that are named and have an effect. */
  public String toYaml(T value, Collection<String> named) {
    List<Key> some = schema.keys().stream().filter(key -> named.contains(key.name())).toList();
    return YamlText.write(some, Schema.flatten(value), InertKeys.of(value));
  }

  /** Returns a value as it would stand in a file. */
  public static String yaml(Value value) {
    return YamlText.value(value);
  }

  /** Returns the keys with their defaults as text for a terminal, in groups. */
  public String help() {
    return HelpText.write(schema.keys());
  }

  /** The state of one call of bind. */
  private final class Binding implements Check {
    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();
    private final Map<String, @Nullable Object> defaults = new LinkedHashMap<>();
    private final Map<String, String> origins = new LinkedHashMap<>();
    private final Set<String> faulty = new LinkedHashSet<>();
    private final List<Fault> faults = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private final Set<String> inFile = new LinkedHashSet<>();

    Binding(Translation translation) {
      for (Fault fault : translation.faults()) {
        faulty.add(fault.key());
        faults.add(fault);
      }
      notes.addAll(translation.notes());
      for (Key key : schema.keys()) {
        defaults.put(key.name(), defaultOf(key));
      }
      values.putAll(defaults);
    }

    private @Nullable Object defaultOf(Key key) {
      if (!key.hasDefault()) {
        return null;
      }
      try {
        return Converter.convert(key, new Scalar(key.defaultText(), Kind.FLAG));
      } catch (Mismatch e) {
        throw new IllegalStateException("the default of " + key.name() + " " + e.getMessage(), e);
      }
    }

    void read(List<Setting> source, boolean file) {
      Map<String, String> seen = new LinkedHashMap<>();
      for (Setting setting : source) {
        @Nullable Key key = schema.find(setting.key());
        if (key == null) {
          other(setting);
          continue;
        }
        String before = seen.putIfAbsent(key.name(), setting.where());
        if (before == null) {
          set(key, setting.value(), setting.where());
          if (file) {
            inFile.add(key.name());
          } else {
            inFile.remove(key.name());
          }
        } else {
          add(key.name(), setting.where(), "is set twice, first by " + before);
        }
      }
    }

    private void set(Key key, Value value, String where) {
      origins.put(key.name(), where);
      try {
        values.put(key.name(), Converter.convert(key, value));
      } catch (Mismatch e) {
        add(key.name(), where, String.valueOf(e.getMessage()));
      } catch (ConfigException e) {
        String found = Secrets.describe(key.name(), value);
        add(key.name(), where, "expected " + key.expected() + ", found " + found);
      }
    }

    /** Sets a key to a value of its own type. */
    void take(String name, @Nullable Object value, String where) {
      @Nullable Key key = schema.find(name);
      if (key == null) {
        throw new IllegalArgumentException("no such key: " + name);
      }
      origins.put(key.name(), where);
      try {
        values.put(key.name(), Converter.checked(key, value));
      } catch (Mismatch e) {
        add(key.name(), where, String.valueOf(e.getMessage()));
      }
    }

    /** Handles no_key, and keys that nobody knows. */
    private void other(Setting setting) {
      String name = setting.key().replace('-', '_');
      @Nullable Key negated = name.startsWith("no_") ? schema.find(name.substring(3)) : null;
      @Nullable Value opposite = Negation.of(setting.value());
      if (negated != null && negated.isBoolean() && opposite != null) {
        set(negated, opposite, setting.where());
        return;
      }
      String hint =
          EditDistance.nearest(name, new TreeSet<>(schema.names()))
              .map(near -> "is not a key; did you mean " + near + "?")
              .orElse("is not a key; see --help for all keys");
      add(name, setting.where(), hint);
    }

    void require(Collection<String> required) {
      for (String name : required) {
        if (values.get(name) == null && !faulty.contains(name)) {
          add(name, "", "is missing: set it in the file or with --" + name);
        }
      }
    }

    Bound<T> finish() {
      @Nullable T value = schema.build(values, fault -> add(fault.key(), "", fault.message()));
      if (value != null) {
        Schema.visit(
            value,
            part -> {
              if (part instanceof Checked checked) {
                checked.check(this);
              }
            });
      }
      if (value == null || !faults.isEmpty()) {
        throw new ConfigException(faults);
      }
      return new Bound<>(value, origins, notes);
    }

    @Override
    public boolean isSet(String key) {
      if (!defaults.containsKey(key)) {
        throw new IllegalArgumentException("no such key: " + key);
      }
      return origins.containsKey(key) && !Objects.equals(values.get(key), defaults.get(key));
    }

    @Override
    public void noEffect(String key, String reason) {
      if (asks(key)) {
        fault(key, "has no effect " + reason + ": remove it");
      }
    }

    @Override
    public void noEffect(Set<String> keys, String reason, String partner) {
      boolean decided = origins.containsKey(partner) && !inFile.contains(partner);
      if (decided) {
        idle(keys, reason);
      } else {
        noEffect(keys, reason);
      }
    }

    @Override
    public void translated(String key, String message) {
      if (!faulty.contains(key)) {
        String place = origins.getOrDefault(key, "");
        notes.add(new Note(Note.Kind.TRANSLATED, key, place, message));
      }
    }

    @Override
    public void idle(Set<String> keys, String reason) {
      for (String key : new TreeSet<>(keys)) {
        if (!asks(key) || faulty.contains(key)) {
          continue;
        }
        if (inFile.contains(key)) {
          String place = origins.getOrDefault(key, "");
          notes.add(new Note(Note.Kind.NO_EFFECT, key, place, "has no effect " + reason));
        } else {
          noEffect(key, reason);
        }
      }
    }

    /** Whether the user wrote the key with a value that asks for something. */
    private boolean asks(String key) {
      if (!defaults.containsKey(key)) {
        throw new IllegalArgumentException("no such key: " + key);
      }
      @Nullable Object value = values.get(key);
      boolean nothing =
          value == null
              || (value instanceof Boolean on && on == Boolean.TRUE.equals(defaults.get(key)))
              || (value instanceof Number number && number.doubleValue() == 0)
              || (value instanceof Collection<?> list && list.isEmpty())
              || (value instanceof Map<?, ?> map && map.isEmpty());
      return origins.containsKey(key) && !nothing;
    }

    @Override
    public void fault(String key, String message) {
      if (!faulty.contains(key)) {
        add(key, "", message);
      }
    }

    private void add(String key, String where, String message) {
      String place = where.isEmpty() ? origins.getOrDefault(key, "") : where;
      faulty.add(key);
      faults.add(new Fault(key, place, message));
    }
  }
}
