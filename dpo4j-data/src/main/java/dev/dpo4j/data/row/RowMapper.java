/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Turns a row of a foreign form into one with TRL's columns, and keeps book of the columns that
 * were used.
 */
public final class RowMapper {
  /** Columns that mean the same beside every form. */
  private static final Set<String> COMMON =
      Set.of(
          "weight",
          "margin",
          "p_chosen",
          RowInfo.SCORE_CHOSEN,
          RowInfo.SCORE_REJECTED,
          "chat_template_kwargs");

  private final Row row;
  private final Set<String> taken = new TreeSet<>();
  private final Map<String, @Nullable Object> made = new LinkedHashMap<>();
  private final Set<RowEvent> notes = EnumSet.noneOf(RowEvent.class);
  private Row.@Nullable Ranked ranked;

  public RowMapper(Row row) {
    this.row = row;
  }

  public Map<String, @Nullable Object> columns() {
    return row.columns();
  }

  public boolean has(@Nullable String name) {
    return name != null && row.columns().get(name) != null;
  }

  /** Takes a column; null where it has no name, is not there, or is null. */
  public @Nullable Object take(@Nullable String name) {
    if (name == null) {
      return null;
    }
    taken.add(name);
    return row.columns().get(name);
  }

  /** Takes a column that must be there. */
  public Object require(@Nullable String name, String meaning) {
    Object value = take(name);
    if (value == null) {
      throw new RowFault(
          "the column %s(%s) is missing; found %s"
              .formatted(
                  name == null ? "" : "\"" + name + "\" ",
                  meaning,
                  new TreeSet<>(row.columns().keySet())));
    }
    return value;
  }

  /** Takes a text that must be there; it may be empty. */
  public String requireText(@Nullable String name, String meaning) {
    return text(name, require(name, meaning));
  }

  /** Takes a text; empty where there is none. */
  public String text(@Nullable String name) {
    Object value = take(name);
    return value == null ? "" : text(name, value);
  }

  private static String text(@Nullable String name, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw new RowFault("%s must be a string but is %s".formatted(name, Columns.kind(value)));
  }

  /** Takes a list, or text that is one in JSON; null where there is none. */
  public @Nullable List<?> list(@Nullable String name) {
    Object value = take(name);
    if (value instanceof String text) {
      if (text.isBlank()) {
        return null;
      }
      try {
        value = JsonRows.parse(text);
      } catch (RowFault e) {
        throw new RowFault("%s is a string that %s".formatted(name, e.text()));
      }
    }
    if (value == null) {
      return null;
    }
    if (value instanceof List<?> list) {
      return list;
    }
    throw new RowFault("%s must be a list but is %s".formatted(name, Columns.kind(value)));
  }

  /** Takes a label that must be there. */
  public boolean label(@Nullable String name) {
    Object value = require(name, "whether the answer is desirable");
    if (value instanceof Boolean label) {
      return label;
    }
    throw new RowFault("%s must be true or false but is %s".formatted(name, Columns.kind(value)));
  }

  public void put(String column, Object value) {
    made.put(column, value);
  }

  public void note(RowEvent event) {
    notes.add(event);
  }

  public void rank(Row.Ranked answers) {
    ranked = answers;
  }

  /** Returns the row with the columns that were put, and those that mean the same in every form. */
  public Row toRow() {
    Map<String, @Nullable Object> unread = new TreeMap<>(row.found().unread());
    row.columns()
        .forEach(
            (name, value) -> {
              if (COMMON.contains(name) && !taken.contains(name)) {
                made.put(name, value);
              } else if (!taken.contains(name)) {
                unread.put(name, value);
              }
            });
    return new Row(row.index(), row.origin(), made, new Row.Found(notes, unread, ranked, false));
  }
}
