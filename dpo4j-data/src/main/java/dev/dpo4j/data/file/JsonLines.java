/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.RowFault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads JSON Lines: one object a line, blank lines skipped; a bad line spoils no other. */
final class JsonLines extends FileCursor {
  private final InputStream in;
  private final LineReader lines;

  JsonLines(Path file, InputStream in, Numbers numbers, Faults faults) {
    super(file, numbers, faults);
    this.in = in;
    this.lines = new LineReader(in);
  }

  @Override
  @Nullable Object read() throws IOException {
    byte[] line = line();
    if (line == null) {
      return null;
    }
    if (lines.isTooLong()) {
      throw JsonRows.tooLong();
    }
    Object value;
    try {
      value = JsonRows.parse(decode(line));
    } catch (RowFault e) {
      throw new RowFault(e.text() + hint());
    }
    if (value == null) {
      throw new RowFault("a row must be a JSON object but is null");
    }
    return value;
  }

  private byte @Nullable [] line() throws IOException {
    byte[] line = lines.next();
    while (line != null && isBlank(line)) {
      line = lines.next();
    }
    return line;
  }

  @Override
  boolean skip() throws IOException {
    return line() != null;
  }

  @Override
  long place() {
    return lines.number();
  }

  @Override
  boolean goesOnAfterFault() {
    return true;
  }

  /** Says what the file should be when its very first line is not a row. */
  private String hint() {
    return lines.number() == 1
        ? " Every line must hold one JSON object, or the whole file one JSON array of objects."
        : "";
  }

  private static String decode(byte[] line) {
    Utf8Check check = new Utf8Check();
    int bad = check.firstInvalid(line, 0, line.length);
    if (bad >= 0) {
      throw new RowFault(CheckedUtf8Stream.describe(check, bad, "line"));
    }
    if (!check.isComplete()) {
      throw new RowFault("is not UTF-8: the line ends inside a character");
    }
    return new String(line, StandardCharsets.UTF_8);
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    Streams.close(in);
  }
}
