/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * Streams the rows of JSONL files and of JSON files that hold one array, one row at a time.
 *
 * <p>Which of the two a file is, its first character tells: {@code [} opens an array. Blank lines
 * and a byte order mark are skipped. A row at fault is noted and reading goes on at the next line;
 * inside an array it stops, because nobody knows where the next row starts.
 */
final class RowReader {
  /** Takes a row; returns whether to go on. */
  interface Sink {
    boolean accept(Row row);
  }

  private final List<Path> files;
  private final Faults faults;
  private final boolean countOnly;
  private int next;

  RowReader(List<Path> files, Faults faults) {
    this(files, faults, false);
  }

  private RowReader(List<Path> files, Faults faults, boolean countOnly) {
    this.files = files;
    this.faults = faults;
    this.countOnly = countOnly;
  }

  /** Counts the rows without building them; rows at fault count too. */
  static int count(List<Path> files) {
    RowReader reader = new RowReader(files, new Faults(), true);
    reader.read(row -> true);
    return reader.next;
  }

  /** Hands over all rows of all files in order, until the sink or the faults say stop. */
  void read(Sink sink) {
    for (Path file : files) {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
        boolean more = isArray(in) ? readArray(file, in, sink) : readLines(file, in, sink);
        if (!more) {
          return;
        }
      } catch (IOException e) {
        throw new DataException("%s cannot be read: %s".formatted(file, e), e);
      }
    }
  }

  /** Skips a byte order mark and leading blanks are left; looks at the first other byte. */
  private static boolean isArray(InputStream in) throws IOException {
    in.mark(4);
    boolean mark = in.read() == 0xEF && in.read() == 0xBB && in.read() == 0xBF;
    if (!mark) {
      in.reset();
    }
    // Blanks before the first row are few; a file that starts with more is read by lines.
    in.mark(1 << 15);
    int b = in.read();
    for (int i = 1; i < 1 << 15 && (b == ' ' || b == '\t' || b == '\r' || b == '\n'); i++) {
      b = in.read();
    }
    in.reset();
    return b == '[';
  }

  private boolean readLines(Path file, InputStream in, Sink sink) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(1 << 12);
    byte[] buffer = new byte[1 << 16];
    long number = 1;
    boolean skipping = false;
    int count;
    while ((count = in.read(buffer)) >= 0) {
      int from = 0;
      for (int i = 0; i < count; i++) {
        if (buffer[i] == '\n') {
          line.write(buffer, from, skipping ? 0 : i - from);
          from = i + 1;
          if (!skipping && !takeLine(file, number, line.toByteArray(), sink)) {
            return false;
          }
          line.reset();
          skipping = false;
          number++;
        }
      }
      if (!skipping && line.size() + count - from > JsonRows.MAX_ROW_CHARS) {
        if (!fault(file, number, JsonRows.tooLong())) {
          return false;
        }
        skipping = true;
        line.reset();
      }
      line.write(buffer, from, skipping ? 0 : count - from);
    }
    return skipping || takeLine(file, number, line.toByteArray(), sink);
  }

  private boolean takeLine(Path file, long number, byte[] line, Sink sink) {
    if (isBlank(line)) {
      return true;
    }
    if (countOnly) {
      next++;
      return true;
    }
    Object value;
    try {
      value = JsonRows.parse(decode(line));
    } catch (RowFault e) {
      return fault(file, number, new RowFault(e.text() + hint(number, line)));
    }
    return takeRow(file, number, value, sink);
  }

  /** Says what the file may be when its very first line is not a row. */
  private static String hint(long number, byte[] line) {
    if (number == 1 && line.length > 1 && line[0] == 0x1F && line[1] == (byte) 0x8B) {
      return " The file is compressed with gzip: unpack it first.";
    }
    return number == 1
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

  private boolean readArray(Path file, InputStream in, Sink sink) {
    CheckedUtf8Stream checked = new CheckedUtf8Stream(in);
    long line = 1;
    try (JsonParser parser =
        JsonRows.FACTORY.createParser(
            ObjectReadContext.empty(), new InputStreamReader(checked, StandardCharsets.UTF_8))) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        line = parser.currentTokenLocation().getLineNr();
        if (parser.currentToken() == null) {
          throw new RowFault("the file ends before the closing ] of its array");
        }
        if (!takeElement(file, parser, line, sink)) {
          return false;
        }
      }
      line = parser.currentTokenLocation().getLineNr();
      if (parser.nextToken() != null) {
        throw new RowFault("something follows the array of rows");
      }
      return true;
    } catch (RowFault e) {
      return fault(file, line, e);
    } catch (JacksonException e) {
      if (e.getCause() instanceof CheckedUtf8Stream.InvalidByteException bad) {
        return fault(file, bad.line(), new RowFault(String.valueOf(bad.getMessage())));
      }
      long where = e.getLocation() == null ? line : e.getLocation().getLineNr();
      return fault(file, where, new RowFault("is not JSON: " + JsonRows.describe(e)));
    }
  }

  private boolean takeElement(Path file, JsonParser parser, long line, Sink sink) {
    if (countOnly) {
      parser.skipChildren();
      next++;
      return true;
    }
    long start = parser.currentTokenLocation().getCharOffset();
    return takeRow(file, line, JsonRows.value(parser, start), sink);
  }

  @SuppressWarnings("unchecked") // JsonRows builds maps with string keys only
  private boolean takeRow(Path file, long line, @Nullable Object value, Sink sink) {
    if (!(value instanceof Map)) {
      return fault(
          file, line, new RowFault("a row must be a JSON object but is " + Columns.kind(value)));
    }
    Origin origin = new Origin(file.toString(), line);
    return sink.accept(new Row(next++, origin, (Map<String, @Nullable Object>) value));
  }

  /** Notes a fault; the row keeps its number, so that later rows keep theirs. */
  private boolean fault(Path file, long line, RowFault fault) {
    next++;
    return faults.add(new Origin(file.toString(), line), fault.text());
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (b != ' ' && b != '\t' && b != '\r') {
        return false;
      }
    }
    return true;
  }
}
