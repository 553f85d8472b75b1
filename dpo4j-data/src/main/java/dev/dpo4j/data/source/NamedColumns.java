/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Gives columns the names that we know before the form of a row is looked at. */
final class NamedColumns implements RowShape {
  private final Map<String, String> names;
  private final Set<String> kept;
  private final RowShape form;
  private final String dataset;
  private final Set<String> unseen = new TreeSet<>();
  private int rows;

  /**
   * Renames columns.
   *
   * @param names our name and theirs
   * @param kept the columns that are read at all; empty for all
   * @param form looks at the row afterwards
   * @param dataset the data set, for messages
   */
  NamedColumns(Map<String, String> names, List<String> kept, RowShape form, String dataset) {
    this.names = Map.copyOf(names);
    this.kept = Set.copyOf(kept);
    this.form = form;
    this.dataset = dataset;
    unseen.addAll(names.values());
    unseen.addAll(kept);
  }

  @Override
  public Row apply(Row row) {
    rows++;
    unseen.removeAll(row.columns().keySet());
    Map<String, @Nullable Object> columns = new LinkedHashMap<>();
    row.columns()
        .forEach(
            (name, value) -> {
              boolean renamed = names.containsValue(name);
              boolean replaced = names.containsKey(name);
              if (!renamed && !replaced && (kept.isEmpty() || kept.contains(name))) {
                columns.put(name, value);
              }
            });
    names.forEach(
        (ours, theirs) -> {
          if (row.columns().containsKey(theirs)) {
            columns.put(ours, row.columns().get(theirs));
          }
        });
    return form.apply(new Row(row.index(), row.origin(), columns, row.found()));
  }

  @Override
  public void finish() {
    if (rows > 0 && !unseen.isEmpty()) {
      throw new DataException(
          "the columns %s, which are named for %s, stand in none of its %d rows: correct the names"
              .formatted(unseen, dataset, rows));
    }
    form.finish();
  }
}
