/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.config.value;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A value as it was written, before it is bound to a type. */
public sealed interface Value {

  /** Returns the value in words for a message: its kind and its text. */
  String describe();

  /** A single value; {@code kind} is what YAML took it for. */
  record Scalar(String text, Kind kind) implements Value {
    @Override
    public String describe() {
      return switch (kind) {
        case TEXT, FLAG -> "text \"" + text + "\"";
        case NUMBER -> "number " + text;
        case BOOLEAN -> "boolean " + text;
        case NULL -> "null";
      };
    }
  }

  /** A list of values. */
  record Sequence(List<Value> items) implements Value {
    public Sequence {
      items = List.copyOf(items);
    }

    @Override
    public String describe() {
      return items.stream()
          .map(item -> item instanceof Scalar scalar ? scalar.text() : item.describe())
          .collect(Collectors.joining(", ", "list [", "]"));
    }
  }

  /** A map of names to values, in the order written. */
  record Mapping(Map<String, Value> entries) implements Value {
    public Mapping {
      entries = new LinkedHashMap<>(entries);
    }

    @Override
    public String describe() {
      return "map with the keys " + entries.keySet();
    }
  }

  /** What a scalar was written as. */
  enum Kind {
    /** Text in a file, quoted or not. */
    TEXT,
    /** An integer or a decimal number. */
    NUMBER,
    /** {@code true} or {@code false}. */
    BOOLEAN,
    /** {@code null} or nothing at all. */
    NULL,
    /** An argument of the command line, which carries no type. */
    FLAG
  }
}
