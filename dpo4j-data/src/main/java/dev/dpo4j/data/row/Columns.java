/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Typed access to the columns of a row; a column that is null counts as missing. */
public final class Columns {
  private final Map<String, @Nullable Object> columns;

  public Columns(Map<String, @Nullable Object> columns) {
    this.columns = columns;
  }

  public boolean has(String name) {
    return columns.get(name) != null;
  }

  public @Nullable Object get(String name) {
    return columns.get(name);
  }

  /** Returns a column that must be there. */
  public Object require(String name, String form) {
    Object value = columns.get(name);
    if (value == null) {
      throw new RowFault(
          "the column \"%s\" is missing; found %s. Expected %s.%s"
              .formatted(name, new TreeSet<>(columns.keySet()), form, hint()));
    }
    return value;
  }

  /** Returns an object of two fields in this order, as chat templates will print it. */
  public static Map<String, Object> object(String first, Object a, String second, Object b) {
    Map<String, Object> object = new LinkedHashMap<>();
    object.put(first, a);
    object.put(second, b);
    return object;
  }

  /** Names the tool whose form the row has, where it is a well-known one. */
  private String hint() {
    if (columns.get("conversations") instanceof List) {
      return " This looks like the ShareGPT form: is dataset_format another one?";
    }
    if (columns.containsKey("completion") && columns.containsKey("label")) {
      return " Rows of single answers with a label are for dpo4j kto.";
    }
    boolean pair = columns.containsKey("chosen") || columns.containsKey("rejected");
    if (!pair && (columns.get("messages") instanceof List || columns.containsKey("text"))) {
      return " Rows of one conversation or text are for dpo4j sft.";
    }
    if (!pair && columns.containsKey("prompt") && columns.containsKey("completion")) {
      return " Rows of a prompt with one answer are for dpo4j sft; with a \"label\" they are for dpo4j kto.";
    }
    if (columns.containsKey("instruction")) {
      return " This looks like the Alpaca form, which also has \"output\", or \"chosen\" and \"rejected\".";
    }
    if (columns.containsKey("question")) {
      return " Is \"question\" the prompt? Rename it, or name it under \"columns\" in a dataset_info.json.";
    }
    return "";
  }

  /** Describes the type of a value as a reader of JSON would call it. */
  public static String kind(@Nullable Object value) {
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
    return value.toString();
  }
}
