/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import dev.dpo4j.config.Converter.Mismatch;
import dev.dpo4j.config.Value.Kind;
import dev.dpo4j.config.Value.Scalar;
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
  private final Map<String, KnownKey> known = new LinkedHashMap<>();

  private Binder(Class<T> type) {
    this.schema = new Schema<>(type);
  }

  /** Returns a binder for a record whose leaf components carry {@link Option}. */
  public static <T extends Record> Binder<T> of(Class<T> type) {
    return new Binder<>(type);
  }

  /** Adds keys that are known to other tools and have no effect here. */
  public Binder<T> withKnown(Collection<KnownKey> keys) {
    for (KnownKey key : keys) {
      if (schema.find(key.name()) == null) {
        known.put(key.name(), key);
      }
    }
    return this;
  }

  /** Returns the keys in the order of the record. */
  public List<Key> keys() {
    return List.copyOf(schema.keys());
  }

  /**
   * Binds the sources.
   *
   * @param required keys that must be set
   * @param sources the settings, the weakest source first
   */
  public Bound<T> bind(Collection<String> required, List<List<Setting>> sources) {
    Binding binding = new Binding();
    for (List<Setting> source : sources) {
      binding.read(source);
    }
    binding.require(required);
    return binding.finish();
  }

  /** Binds the settings of a file and of flags; the flags win. */
  public Bound<T> bind(List<Setting> file, List<Setting> flags) {
    return bind(List.<String>of(), List.of(file, flags));
  }

  /** Returns the values of all keys of a record, by name. */
  public Map<String, @Nullable Object> flatten(T value) {
    return Schema.flatten(value);
  }

  /** Returns the record as YAML that binds to an equal record. */
  public String toYaml(T value) {
    return YamlText.write(schema.keys(), Schema.flatten(value));
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

    Binding() {
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

    void read(List<Setting> source) {
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

    /** Handles --no_key, keys of other tools, and keys that nobody knows. */
    private void other(Setting setting) {
      String name = setting.key().replace('-', '_');
      @Nullable Key negated = name.startsWith("no_") ? schema.find(name.substring(3)) : null;
      boolean bare = setting.value() instanceof Scalar scalar && scalar.kind() == Kind.BOOLEAN;
      if (negated != null && negated.isBoolean() && bare) {
        set(negated, new Scalar("false", Kind.BOOLEAN), setting.where());
        return;
      }
      @Nullable KnownKey key = known.get(name);
      if (key == null) {
        add(name, setting.where(), unknown(name));
      } else if (!key.accepts(setting.value())) {
        add(name, setting.where(), refuse(key, setting.value()));
      }
    }

    private String unknown(String name) {
      Set<String> names = new TreeSet<>(schema.names());
      names.addAll(known.keySet());
      return EditDistance.nearest(name, names)
          .map(near -> "is not a key; did you mean " + near + "?")
          .orElse("is not a key; see --help for all keys");
    }

    private String refuse(KnownKey key, Value value) {
      String advice =
          key.neutral().isEmpty()
              ? "remove it"
              : "remove it or set it to " + String.join(" or ", key.neutral());
      String hint = key.hint().isEmpty() ? "" : "; " + key.hint();
      return "is known to TRL but has no effect here, found "
          + Secrets.describe(key.name(), value)
          + ": "
          + advice
          + hint;
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
      return new Bound<>(value, origins);
    }

    @Override
    public boolean isSet(String key) {
      if (!defaults.containsKey(key)) {
        throw new IllegalArgumentException("no such key: " + key);
      }
      return origins.containsKey(key) && !Objects.equals(values.get(key), defaults.get(key));
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
