/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Gives the rows of a data set, as often as they are asked for. */
interface RowSource {
  /** Returns the data set as the user knows it. */
  String name();

  /** Hands over all rows in order, until the sink or the faults say stop. */
  void read(RowReader.Sink sink, Faults faults);

  /** The rows of a split of a file or folder. */
  static RowSource of(Path dataset, String split) {
    SplitSpec spec = SplitSpec.parse(split);
    return new RowSource() {
      @Override
      public String name() {
        return "train".equals(split) ? dataset.toString() : dataset + ", " + split;
      }

      @Override
      public void read(RowReader.Sink sink, Faults faults) {
        for (SplitSpec.Part part : spec.parts()) {
          List<Path> files = DatasetFiles.resolve(dataset, part.name());
          int total = part.needsTotal() ? RowReader.count(files) : Integer.MAX_VALUE;
          SplitSpec.Range range = part.range(total);
          if (range.size() > 0) {
            new RowReader(files, faults)
                .read(
                    row ->
                        (row.index() < range.from() || sink.accept(row))
                            && row.index() + 1 < range.to());
          }
        }
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
      public void read(RowReader.Sink sink, Faults faults) {
        for (Row row : copy) {
          if (!sink.accept(row)) {
            return;
          }
        }
      }
    };
  }
}
