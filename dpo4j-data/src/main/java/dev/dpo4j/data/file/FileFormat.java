/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.Faults;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The kinds of files that hold rows, told by the ending of their names. */
public enum FileFormat {
  /** An array, objects, or one object a line; every name without another meaning. */
  JSON("json jsonl ndjson"),
  /** Comma-separated values with a header. */
  CSV("csv"),
  /** Apache Parquet. */
  PARQUET("parquet"),
  /** Arrow: what {@code save_to_disk} of Python's datasets writes, and Feather. */
  ARROW("arrow feather ipc");

  private static final Pattern WRAPPED =
      Pattern.compile("\\s*\\{\\s*\"(data|rows|examples|train)\"\\s*:\\s*\\[[\\s\\S]*");

  /** Endings of names, between blanks. */
  private final String endings;

  FileFormat(String endings) {
    this.endings = endings;
  }

  /** Returns whether a file of a folder holds rows. */
  public static boolean isData(Path file) {
    return Arrays.stream(values()).anyMatch(format -> format.matches(Streams.plainName(file)));
  }

  private boolean matches(String name) {
    return List.of(endings.split(" ", -1)).contains(name.substring(name.lastIndexOf('.') + 1));
  }

  static FileFormat of(Path file) {
    String name = Streams.plainName(file);
    return Stream.of(PARQUET, CSV, ARROW)
        .filter(format -> format.matches(name))
        .findFirst()
        .orElse(JSON);
  }

  /** Opens a file; the caller closes the cursor. */
  static FileCursor open(Path file, FileCursor.Numbers numbers, Faults faults) {
    FileFormat format = of(file);
    if (format == PARQUET) {
      return new ParquetRows(file, numbers, faults);
    }
    try {
      InputStream in = Streams.open(file);
      return switch (format) {
        case CSV -> new CsvRows(file, in, numbers, faults);
        case ARROW -> ArrowRows.open(file, in, numbers, faults);
        default -> openJson(file, in, numbers, faults);
      };
    } catch (IOException e) {
      throw Streams.unreadable(file, e);
    }
  }

  private static FileCursor openJson(
      Path file, InputStream in, FileCursor.Numbers numbers, Faults faults) throws IOException {
    in.mark(Streams.LOOK_AHEAD);
    String start =
        new String(in.readNBytes(Streams.LOOK_AHEAD), StandardCharsets.ISO_8859_1).stripLeading();
    in.reset();
    boolean named = Streams.plainName(file).endsWith(".json");
    boolean wrapped = named && WRAPPED.matcher(start).matches();
    // A file .json may have one object over several lines; a file .jsonl never has.
    String firstLine = start.lines().findFirst().orElse("").stripTrailing();
    boolean broken =
        named
            && firstLine.length() < start.length()
            && start.startsWith("{")
            && !firstLine.endsWith("}");
    return start.startsWith("[") || wrapped || broken
        ? new JsonTokens(file, in, wrapped, numbers, faults)
        : new JsonLines(file, in, numbers, faults);
  }
}
