/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowCursor;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads files one after the other; their rows are numbered through. */
public final class FileRows implements RowCursor {
  private final Iterator<Path> files;
  private final Faults faults;
  private final FileCursor.Numbers numbers = new FileCursor.Numbers();
  private @Nullable FileCursor current;

  public FileRows(List<Path> files, Faults faults) {
    this.files = files.iterator();
    this.faults = faults;
  }

  /** Counts the rows without building them; rows at fault count too. */
  public static int count(List<Path> files) {
    int count = 0;
    for (Path file : files) {
      try (FileCursor cursor = FileFormat.open(file, new FileCursor.Numbers(), new Faults())) {
        count += cursor.count();
      }
    }
    return count;
  }

  @Override
  public @Nullable Row next() {
    while (!faults.isFull()) {
      FileCursor open = current;
      if (open == null) {
        if (!files.hasNext()) {
          return null;
        }
        open = FileFormat.open(files.next(), numbers, faults);
        current = open;
      }
      Row row = open.next();
      if (row != null) {
        return row;
      }
      close();
    }
    return null;
  }

  @Override
  public void close() {
    if (current != null) {
      current.close();
      current = null;
    }
  }
}
