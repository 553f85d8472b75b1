/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Typed access to the columns of a row; a column that is null counts as missing. */
final class Columns {
  private final Map<String, @Nullable Object> columns;

  Columns(Map<String, @Nullable Object> columns) {
    this.columns = columns;
  }

  boolean has(String name) {
    return columns.get(name) != null;
  }

  @Nullable Object get(String name) {
    return columns.get(name);
  }

  /** Returns a column that must be there. */
  Object require(String name, String form) {
    Object value = columns.get(name);
    if (value == null) {
      throw new RowFault(
          "the column \"%s\" is missing; found %s. Expected %s.%s"
              .formatted(name, new TreeSet<>(columns.keySet()), form, hint()));
    }
    return value;
  }

  /** Names the tool whose form the row has, where it is a well-known one. */
  private String hint() {
    if (columns.get("conversations") instanceof List) {
      return " This looks like the ShareGPT form: rename \"conversations\" to \"prompt\" (or \"messages\"), \"from\" to \"role\" and \"value\" to \"content\".";
    }
    if (columns.containsKey("instruction")) {
      return " This looks like the Alpaca form: join \"instruction\" and \"input\" into \"prompt\".";
    }
    if (columns.containsKey("question")) {
      return " Is \"question\" the prompt? Rename it.";
    }
    return "";
  }

  /** Describes the type of a value as a reader of JSON would call it. */
  static String kind(@Nullable Object value) {
    if (value == null) {
      return "null";
    } else if (value instanceof String) {
      return "a string";
    } else if (value instanceof Boolean) {
      return "a boolean";
    } else if (value instanceof Number) {
      return "a number";
    } else if (value instanceof List) {
      return "a list";
    } else if (value instanceof Map) {
      return "an object";
    }
    return value.getClass().getSimpleName();
  }
}
