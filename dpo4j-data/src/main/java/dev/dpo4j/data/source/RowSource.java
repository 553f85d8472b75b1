/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.form.ShapedCursor;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowCursor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives the rows of a data set, as often as they are asked for. */
public interface RowSource {
  /** Takes a row; returns whether to go on. */
  interface Sink {
    boolean accept(Row row);
  }

  /** Returns the data set as the user knows it. */
  String name();

  /** Opens the rows at their start; rows at fault are left out and noted. */
  RowCursor open(Faults faults);

  /** Hands over all rows in order, until the sink or the faults say stop. */
  default void read(Sink sink, Faults faults) {
    try (RowCursor cursor = open(faults)) {
      Row row = cursor.next();
      while (row != null && sink.accept(row)) {
        row = cursor.next();
      }
    }
  }

  /** The rows of a split of a file, folder or glob, each looked at by itself. */
  static RowSource of(Path dataset, String split) {
    return of(dataset.toString(), split, RowShape.AUTO, null, false);
  }

  /**
   * The rows of a split.
   *
   * @param dataset file, folder or glob
   * @param maxSamples most rows, or null for all
   * @param dropMedia whether rows with pictures, sound or films are left out instead of refused
   */
  static RowSource of(
      String dataset,
      String split,
      RowShape shape,
      @Nullable Integer maxSamples,
      boolean dropMedia) {
    SplitSpec spec = SplitSpec.parse(split);
    int limit = maxSamples == null ? Integer.MAX_VALUE : maxSamples;
    return new RowSource() {
      @Override
      public String name() {
        return "train".equals(split) ? dataset : dataset + ", " + split;
      }

      @Override
      public RowCursor open(Faults faults) {
        SplitCursor rows = new SplitCursor(dataset, spec, faults);
        return new ShapedCursor(rows, shape, limit, dropMedia, faults);
      }
    };
  }

  /** Rows made in memory. */
  static RowSource of(List<? extends Map<String, ? extends @Nullable Object>> rows) {
    List<Row> copy = new ArrayList<>(rows.size());
    for (Map<String, ? extends @Nullable Object> columns : rows) {
      int index = copy.size();
      copy.add(new Row(index, new Origin(Origin.MEMORY, index + 1L), new LinkedHashMap<>(columns)));
    }
    return new RowSource() {
      @Override
      public String name() {
        return Origin.MEMORY;
      }

      @Override
      public RowCursor open(Faults faults) {
        Iterator<Row> iterator = copy.iterator();
        RowCursor plain =
            new RowCursor() {
              @Override
              public @Nullable Row next() {
                return iterator.hasNext() ? iterator.next() : null;
              }

              @Override
              public void close() {}
            };
        return new ShapedCursor(plain, RowShape.AUTO, Integer.MAX_VALUE, false, faults);
      }
    };
  }
}
