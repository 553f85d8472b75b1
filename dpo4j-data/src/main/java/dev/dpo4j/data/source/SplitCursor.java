/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.file.FileRows;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowCursor;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the ranges of a split one after the other; rows keep the number they have in the whole. */
final class SplitCursor implements RowCursor {
  private final String dataset;
  private final Iterator<SplitSpec.Part> parts;
  private final Faults faults;
  private SplitSpec.Range range = new SplitSpec.Range(0, 0);
  private @Nullable FileRows rows;
  private int next;

  SplitCursor(String dataset, SplitSpec spec, Faults faults) {
    this.dataset = dataset;
    this.parts = spec.parts().iterator();
    this.faults = faults;
  }

  @Override
  public @Nullable Row next() {
    while (!faults.isFull()) {
      FileRows open = rows;
      if (open == null) {
        if (!parts.hasNext()) {
          return null;
        }
        open = open(parts.next());
        rows = open;
      }
      Row row = next < range.to() ? open.next() : null;
      if (row == null || row.index() >= range.to()) {
        close();
      } else {
        next = row.index() + 1;
        if (row.index() >= range.from()) {
          return row;
        }
      }
    }
    return null;
  }

  private FileRows open(SplitSpec.Part part) {
    List<Path> files = DatasetFiles.resolve(dataset, part.name());
    int total = part.needsTotal() ? FileRows.count(files) : Integer.MAX_VALUE;
    range = part.range(total);
    next = range.size() > 0 ? 0 : range.to();
    return new FileRows(files, faults);
  }

  @Override
  public void close() {
    if (rows != null) {
      rows.close();
      rows = null;
    }
  }
}
