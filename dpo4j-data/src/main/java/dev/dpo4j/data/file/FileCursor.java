/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.Columns;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowCursor;
import dev.dpo4j.data.row.RowFault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the rows of one file; rows at fault are noted, keep their number, and are left out. */
abstract class FileCursor implements RowCursor {
  /** Numbers the rows of several files through. */
  static final class Numbers {
    private int next;

    int take() {
      return next++;
    }
  }

  private final Path file;
  private final Numbers numbers;
  private final Faults faults;
  private boolean ended;

  FileCursor(Path file, Numbers numbers, Faults faults) {
    this.file = file;
    this.numbers = numbers;
    this.faults = faults;
  }

  /**
   * Reads the value of the next row, or null where the file ends; a value that is no object is
   * refused by the caller.
   *
   * @throws RowFault if the row is at fault
   */
  abstract @Nullable Object read() throws IOException;

  /** Reads over the next row without building it; returns whether there was one. */
  abstract boolean skip() throws IOException;

  /** Returns the line that the last row starts on, counted from 1 (for Parquet its number). */
  abstract long place();

  /** Returns whether a further row can be found after the fault that was just raised. */
  abstract boolean goesOnAfterFault();

  @Override
  @SuppressWarnings("unchecked") // the readers build maps with string keys only
  public final @Nullable Row next() {
    while (!ended) {
      try {
        Object value = read();
        if (value == null) {
          ended = true;
        } else if (value instanceof Map) {
          Map<String, @Nullable Object> columns = (Map<String, @Nullable Object>) value;
          return new Row(numbers.take(), new Origin(file.toString(), place()), columns);
        } else {
          fault("a row must be a JSON object but is " + Columns.kind(value));
        }
      } catch (RowFault e) {
        fault(e.text());
        ended |= !goesOnAfterFault();
      } catch (IOException e) {
        throw unreadable(e);
      }
    }
    return null;
  }

  private void fault(String message) {
    numbers.take();
    ended = !faults.add(new Origin(file.toString(), place()), message);
  }

  /** Counts the rows that are left, those at fault included. */
  final int count() {
    int count = 0;
    try {
      while (skip()) {
        count++;
      }
    } catch (RowFault e) {
      // Reading will come to the same place and say what is wrong.
      count++;
    } catch (IOException e) {
      throw unreadable(e);
    }
    return count;
  }

  private DataException unreadable(IOException e) {
    return Streams.unreadable(file, e);
  }
}
