/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.data.row.DataException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a file of decisions says.
 *
 * <p>A process that dies while it writes leaves the beginning of a line at the end of the file.
 * Such a line was never confirmed to anybody; it is left out, and {@link #torn} tells of it. A
 * fault anywhere else is an error, because then it is not known what is missing.
 *
 * @param entries all lines in order
 * @param length bytes of the file that hold them
 * @param torn what stands behind them, if anything does
 * @param openEnd whether the last entry lacks its line end, as an editor may leave it
 */
record DecisionFile(List<LogEntry> entries, long length, Optional<String> torn, boolean openEnd) {
  DecisionFile {
    entries = List.copyOf(entries);
  }

  /**
   * Reads a file.
   *
   * @param keepTexts whether decisions keep prompt and answers
   * @throws DataException if the file cannot be read, or a line is not an entry
   */
  static DecisionFile read(Path file, boolean keepTexts) {
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          file + " does not exist: expected a file of decisions, as dpo4j label writes it");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return parse(file, in, keepTexts);
    } catch (IOException e) {
      throw new DataException("%s cannot be read: %s".formatted(file, e), e);
    }
  }

  /** Reads what a stream gives; the stream is left open. */
  static DecisionFile parse(Path file, InputStream stream, boolean keepTexts) throws IOException {
    List<LogEntry> entries = new ArrayList<>();
    ByteArrayOutputStream line = new ByteArrayOutputStream(1 << 12);
    InputStream in = new BufferedInputStream(stream, 1 << 16);
    long length = 0;
    int b;
    while ((b = in.read()) >= 0) {
      if (b != '\n') {
        line.write(b);
        continue;
      }
      length += line.size() + 1;
      add(entries, file, line.toByteArray(), keepTexts);
      line.reset();
    }
    return end(entries, line.toByteArray(), length, keepTexts);
  }

  private static void add(List<LogEntry> entries, Path file, byte[] line, boolean keepTexts) {
    try {
      entries.add(LogCodec.decode(line, keepTexts));
    } catch (LogCodec.BadLine e) {
      throw new DataException(
          "%s, line %d: %s. Remove the line, or restore the file."
              .formatted(file, entries.size() + 1, e.text()));
    }
  }

  private static DecisionFile end(
      List<LogEntry> entries, byte[] rest, long length, boolean keepTexts) {
    if (rest.length == 0) {
      return new DecisionFile(entries, length, Optional.empty(), false);
    }
    try {
      entries.add(LogCodec.decode(rest, keepTexts));
      return new DecisionFile(entries, length + rest.length, Optional.empty(), true);
    } catch (LogCodec.BadLine e) {
      String torn =
          "the last line breaks off after %d bytes: the process ended while it wrote. It was never confirmed to the annotator and does not count."
              .formatted(rest.length);
      return new DecisionFile(entries, length, Optional.of(torn), false);
    }
  }

  /** Returns the decisions that were not taken back, in their order; a later one wins. */
  List<Decision> decisions() {
    Map<LogEntry.Key, Decision> kept = new LinkedHashMap<>();
    for (LogEntry entry : entries) {
      if (entry instanceof Decision decision) {
        kept.remove(decision.key());
        kept.put(decision.key(), decision);
      } else if (entry instanceof LogEntry.Undo undo) {
        kept.remove(undo.key());
      }
    }
    return List.copyOf(kept.values());
  }

  /** Returns how many decisions were taken back. */
  long undone() {
    return entries.stream().filter(LogEntry.Undo.class::isInstance).count();
  }
}
