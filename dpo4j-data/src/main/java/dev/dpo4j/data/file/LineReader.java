/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.JsonRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Cuts a stream of bytes into lines of bounded length. */
final class LineReader {
  private final InputStream in;
  private final byte[] buffer = new byte[1 << 16];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream(1 << 12);
  private int from;
  private int to;
  private boolean started;
  private long number;
  private boolean tooLong;

  LineReader(InputStream in) {
    this.in = in;
  }

  /** Returns the next line without its line feed, cut if it is too long; null at the end. */
  byte @Nullable [] next() throws IOException {
    line.reset();
    tooLong = false;
    number++;
    started = false;
    while (fill()) {
      started = true;
      int end = from;
      while (end < to && buffer[end] != '\n') {
        end++;
      }
      tooLong |= line.size() + end - from > JsonRows.MAX_ROW_CHARS;
      if (!tooLong) {
        line.write(buffer, from, end - from);
      }
      from = end;
      if (from < to) {
        from++;
        return line.toByteArray();
      }
    }
    return started ? line.toByteArray() : null;
  }

  private boolean fill() throws IOException {
    if (from == to) {
      from = 0;
      to = Math.max(0, in.read(buffer));
    }
    return from < to;
  }

  /** Returns the number of the last line, counted from 1. */
  long number() {
    return number;
  }

  /** Returns whether the last line was longer than a row may be. */
  boolean isTooLong() {
    return tooLong;
  }
}
