/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.ColumnNames;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowMapper;
import dev.dpo4j.data.row.Tags;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Reads rows as an entry of {@code dataset_info.json} describes them. */
public final class MappedShape implements RowShape {
  private final DatasetEntry entry;
  private final Consumer<RowMapper> conversion;
  private final Set<String> unseen;
  private int rows;

  public MappedShape(DatasetEntry entry) {
    this.entry = entry;
    ColumnNames names = entry.columns();
    Tags tags = entry.tags();
    this.conversion =
        tags == null
            ? row -> AlpacaForm.convert(row, names)
            : row -> MessageForm.convert(row, names, tags);
    // Rows may lack these, but all rows together may not.
    this.unseen =
        Arrays.asList(names.query(), names.history(), names.system(), names.tools()).stream()
            .filter(Objects::nonNull)
            .collect(Collectors.toCollection(TreeSet::new));
    if (!entry.namesColumns()) {
      unseen.clear();
    }
  }

  @Override
  public Row apply(Row row) {
    rows++;
    unseen.removeAll(row.columns().keySet());
    return RowShape.convert(row, conversion);
  }

  @Override
  public void finish() {
    if (rows > 0 && !unseen.isEmpty()) {
      throw new DataException(
          "the columns %s, which dataset_info.json names for \"%s\", stand in none of its %d rows: correct the names, or remove them"
              .formatted(unseen, entry.name(), rows));
    }
  }
}
