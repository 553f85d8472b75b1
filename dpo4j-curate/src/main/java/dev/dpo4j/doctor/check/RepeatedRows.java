/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The rows whose texts equal those of an earlier row, in their order, in a temporary file. */
public final class RepeatedRows implements Closeable {
  private final RecordFile file;

  /**
   * A row that repeats another one.
   *
   * @param row the row
   * @param earlier the row that it repeats
   * @param exact whether to the character, or but for blanks
   */
  public record Repeat(long row, long earlier, boolean exact) {}

  RepeatedRows(Path folder) throws IOException {
    this.file = new RecordFile(folder.resolve("repeats"), 3 * Long.BYTES);
  }

  void add(long row, long earlier, boolean exact) throws IOException {
    file.append(file.record().putLong(row).putLong(earlier).putLong(exact ? 1 : 0));
  }

  /** Reads them one after the other. */
  public Walk walk() {
    return new Walk();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** Asks for rows in rising order. */
  public final class Walk {
    private long next;
    private Repeat current = new Repeat(-1, -1, false);

    private Walk() {}

    /** Goes on to a row; returns whether it repeats an earlier one, which {@link #get} tells. */
    public boolean reaches(long row) throws IOException {
      while (current.row() < row && next < file.count()) {
        ByteBuffer record = file.read(next++);
        current = new Repeat(record.getLong(), record.getLong(), record.getLong() == 1);
      }
      return current.row() == row;
    }

    public Repeat get() {
      return current;
    }
  }
}
