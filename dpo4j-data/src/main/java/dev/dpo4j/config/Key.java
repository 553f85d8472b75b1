/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One configuration key: a leaf component of the bound record. */
public final class Key {
  private static final String ONE_OF = "one of ";

  private final String name;
  private final String group;
  private final Type type;
  private final boolean nullable;
  private final Range range;
  private final @Nullable Option option;
  private final String defaultValue;

  /**
   * Reads a component.
   *
   * @param defaults defaults of the group that win over the component's own, by name
   */
  Key(RecordComponent component, String group, Map<String, String> defaults) {
    this.name = snakeCase(component.getName());
    this.group = group;
    this.type = component.getGenericType();
    this.nullable = component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    this.option = component.getAnnotation(Option.class);
    this.range = Range.parse(option == null ? "" : option.range());
    this.defaultValue =
        defaults.getOrDefault(name, option == null ? Option.NONE : option.defaultValue());
  }

  /** Returns the name in snake case, as it stands in a file. */
  public String name() {
    return name;
  }

  /** Returns the heading under which the key is listed. */
  public String group() {
    return group;
  }

  /** Returns the further names under which the key is accepted. */
  public List<String> aliases() {
    return option == null ? List.of() : List.of(option.aliases());
  }

  /** Returns the sentence that explains the key. */
  public String help() {
    return option == null ? "" : option.help();
  }

  /** Returns how the key differs from TRL, empty where it does not. */
  public String difference() {
    return option == null ? "" : option.difference();
  }

  /**
   * Returns the default as it would be written on the command line, {@code null} if there is none.
   */
  public String defaultText() {
    return hasDefault() ? defaultValue : "null";
  }

  /** Returns what a value must be, such as {@code a number > 0}. */
  public String expected() {
    return Converter.expected(this);
  }

  /** Returns the values that it takes where they are few, in their order; else nothing. */
  public List<String> values() {
    String plain = expected().replaceFirst(", or null$", "");
    if (plain.equals("true or false")) {
      return List.of("true", "false");
    }
    return plain.startsWith(ONE_OF)
        ? List.of(plain.substring(ONE_OF.length()).split(", ", -1))
        : List.of();
  }

  /** Returns whether a name is that of the key, or one of its aliases. */
  public boolean isCalled(String written) {
    return name.equals(written) || aliases().contains(written);
  }

  boolean hasDefault() {
    return !defaultValue.equals(Option.NONE);
  }

  List<String> choices() {
    return option == null ? List.of() : List.of(option.choices());
  }

  Type type() {
    return type;
  }

  /** Returns whether the value is true or false. */
  public boolean isBoolean() {
    return type == boolean.class || type == Boolean.class;
  }

  /** Returns whether there is one value, and not a list or a map. */
  public boolean isSingle() {
    return !(type instanceof ParameterizedType);
  }

  boolean nullable() {
    return nullable;
  }

  Range range() {
    return range;
  }

  static String snakeCase(String camelCase) {
    // A number of bits is a word: load_in_4bit.
    return camelCase
        .replaceAll("([a-z])([0-9]+bit)", "$1_$2")
        .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
        .toLowerCase(Locale.ROOT);
  }
}
