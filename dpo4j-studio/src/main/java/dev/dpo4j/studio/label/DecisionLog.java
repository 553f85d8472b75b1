/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.LineLog;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of decisions that is being written: each entry is on the disk before anybody hears of it.
 *
 * <p>One server has it at a time, so that two never mix their lines. A line that a dead process
 * left half written is cut off when the file is opened, with a warning.
 */
final class DecisionLog implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(DecisionLog.class);

  private final LineLog lines;
  private final List<Decision> decisions;

  private DecisionLog(LineLog lines, List<Decision> decisions) {
    this.lines = lines;
    this.decisions = decisions;
  }

  /** Takes the lines that stand in a file. */
  private static final class Found implements LineLog.Reader {
    private final Path file;
    private final List<LogEntry> entries = new ArrayList<>();

    Found(Path file) {
      this.file = file;
    }

    @Override
    public void line(long number, byte[] line) {
      try {
        entries.add(LogCodec.decode(line, false));
      } catch (LogCodec.BadLine e) {
        String message = "%s, line %d: %s. ".formatted(file, number, e.text());
        if (number == 1) {
          throw new ForeignFileException(
              message
                  + "It is no file of decisions and was not changed: name another file, or move it"
                  + " away.");
        }
        throw new DataException(message + "Remove the line, or restore the file.");
      }
    }

    @Override
    public boolean isWhole(byte[] rest) {
      try {
        entries.add(LogCodec.decode(rest, false));
        return true;
      } catch (LogCodec.BadLine e) {
        return false;
      }
    }

    @Override
    public byte[] beginning() {
      return "{\"type\":".getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * Opens a file, or begins one.
   *
   * @throws dev.dpo4j.io.InUseException if another server writes to it
   * @throws ForeignFileException if it is not a file of decisions
   * @throws ConfigException if it cannot be opened
   * @throws DataException if a line behind the first is damaged
   */
  static DecisionLog open(Path file) {
    Found found = new Found(file);
    try {
      LineLog lines = LineLog.open(file, found);
      if (lines.cut() > 0) {
        log.warn(
            "{} broke off inside its last line, because the process ended while it wrote. Its {} bytes were never confirmed to the annotator and are cut off.",
            file,
            lines.cut());
      }
      DecisionFile read = new DecisionFile(found.entries, 0, Optional.empty(), false);
      return new DecisionLog(lines, read.decisions());
    } catch (IOException e) {
      throw new ConfigException(
          new Fault(
              "output",
              "--output",
              "%s cannot be opened (%s): expected a file that may be written, in a folder that exists"
                  .formatted(file, e.getClass().getSimpleName())));
    }
  }

  /** Returns the decisions that stood in the file when it was opened and were not taken back. */
  List<Decision> decisions() {
    return decisions;
  }

  /**
   * Adds an entry and waits until it is on the disk.
   *
   * @throws IOException if that fails, or if the file was removed or changed by somebody else; the
   *     entry then does not count
   */
  void append(LogEntry entry) throws IOException {
    lines.append(LogCodec.encode(entry));
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
