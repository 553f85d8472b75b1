/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.CsvRecordHandler;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.RowFault;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads comma-separated values (RFC 4180) with a header of column names.
 *
 * <p>All cells are text. Where a column can only hold something else, the cell is read as that:
 * JSON in columns of lists, numbers in columns of numbers, true and false in labels; see {@link
 * CsvCells}. Reading stops at a record that is not CSV.
 */
final class CsvRows extends FileCursor {
  /** Put behind the file: where a quote is never closed, its cell swallows this. */
  private static final String END = "\n\0";

  private final InputStream in;
  private final Iterator<CsvRecord> records;
  private @Nullable List<String> header;
  private long line = 1;
  private boolean broken;

  CsvRows(Path file, InputStream in, Numbers numbers, Faults faults) {
    super(file, numbers, faults);
    this.in = in;
    byte[] end = END.getBytes(StandardCharsets.UTF_8);
    InputStream marked =
        new SequenceInputStream(new CheckedUtf8Stream(in), new ByteArrayInputStream(end));
    CsvRecordHandler handler =
        CsvRecordHandler.builder()
            .maxFieldSize(JsonRows.MAX_ROW_CHARS)
            .maxRecordSize(JsonRows.MAX_ROW_CHARS)
            .build();
    this.records =
        CsvReader.builder()
            .maxBufferSize(JsonRows.MAX_ROW_CHARS)
            .allowExtraFields(true)
            .allowMissingFields(true)
            .build(handler, new InputStreamReader(marked, StandardCharsets.UTF_8))
            .iterator();
  }

  @Override
  @Nullable Object read() throws IOException {
    List<String> names = header();
    List<String> cells = cells();
    if (cells == null) {
      return null;
    }
    if (cells.size() != names.size()) {
      throw new RowFault(
          "has %d cells, but the header names %d columns: %s. A cell with a comma, a quote or a line end must stand in quotes."
              .formatted(cells.size(), names.size(), names));
    }
    Map<String, @Nullable Object> columns = new LinkedHashMap<>();
    for (int i = 0; i < cells.size(); i++) {
      columns.put(names.get(i), CsvCells.value(names.get(i), cells.get(i)));
    }
    return columns;
  }

  @Override
  boolean skip() throws IOException {
    header();
    return cells() != null;
  }

  private List<String> header() throws IOException {
    List<String> known = header;
    if (known != null) {
      return known;
    }
    List<String> cells = cells();
    List<String> names = cells == null ? List.of() : cells;
    Set<String> unique = new LinkedHashSet<>(names);
    if (unique.size() < names.size() || unique.contains("")) {
      broken = true;
      throw new RowFault(
          "the header must give each column a name of its own but has " + new ArrayList<>(names));
    }
    header = names;
    return names;
  }

  private @Nullable List<String> cells() throws IOException {
    try {
      if (!records.hasNext()) {
        return null;
      }
      CsvRecord found = records.next();
      List<String> cells = found.getFields();
      boolean last = !records.hasNext();
      if (last && cells.equals(List.of(END.substring(1)))) {
        return null;
      }
      line = found.getStartingLineNumber();
      if (last && cells.get(cells.size() - 1).endsWith(END)) {
        broken = true;
        throw new RowFault("is not CSV: it opens a quote that is never closed");
      }
      return cells;
    } catch (CsvParseException | UncheckedIOException e) {
      broken = true;
      Throwable cause = e;
      while (cause != null) {
        if (cause instanceof CheckedUtf8Stream.InvalidByteException bad) {
          line = bad.line();
          throw new RowFault(String.valueOf(bad.getMessage()));
        } else if (cause instanceof IOException unreadable) {
          throw unreadable;
        }
        cause = cause.getCause();
      }
      throw new RowFault(
          "is not CSV: %s (after the record that starts on this line)".formatted(e.getMessage()));
    }
  }

  @Override
  long place() {
    return line;
  }

  @Override
  boolean goesOnAfterFault() {
    return !broken;
  }

  @Override
  public void close() {
    Streams.close(in);
  }
}
