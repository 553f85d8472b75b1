/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.LineLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A JSONL file that grows by whole lines, each forced to the disk before {@link #append} returns.
 *
 * <p>A process that is killed can leave a last line without its end. {@link #open} cuts it off and
 * tells how much it was; a damaged line anywhere else is an error, because nobody knows what it
 * was. A file that holds something else is refused and left as it is. Appending is safe from
 * several threads.
 */
public final class JsonlLog implements AutoCloseable {
  private final Path file;
  private final LineLog log;
  private final List<Map<String, @Nullable Object>> found;

  private JsonlLog(Path file, LineLog log, List<Map<String, @Nullable Object>> found) {
    this.file = file;
    this.log = log;
    this.found = found;
  }

  /**
   * How the lines of a file are known.
   *
   * @param name what a line is, such as {@code reply}
   * @param beginning the text that every line begins with, as {@link #append} writes it
   * @param test whether an object is one of these lines
   */
  public record Kind(
      String name, String beginning, Predicate<Map<String, @Nullable Object>> test) {}

  /**
   * Opens a file and reads what stands in it; a file that is missing is made with its first line.
   *
   * @throws ForeignFileException if the file holds something else
   * @throws dev.dpo4j.io.InUseException if another process writes it
   * @throws DataException if a line behind the first is damaged
   * @throws UncheckedIOException if the file cannot be read or written
   */
  public static JsonlLog open(Path file, Kind kind) {
    List<Map<String, @Nullable Object>> found = new ArrayList<>();
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      LineLog log =
          LineLog.open(
              file,
              new LineLog.Reader() {
                @Override
                public void line(long number, byte[] line) {
                  // An editor may have left an empty line.
                  if (number == 1 || line.length > 0) {
                    found.add(parse(file, kind, number, line));
                  }
                }

                @Override
                public boolean isWhole(byte[] rest) {
                  // An editor may have taken the last line end away.
                  Map<String, @Nullable Object> object = found.isEmpty() ? null : ours(kind, rest);
                  if (object != null) {
                    found.add(object);
                  }
                  return object != null;
                }

                @Override
                public byte[] beginning() {
                  return kind.beginning().getBytes(StandardCharsets.UTF_8);
                }
              });
      return new JsonlLog(file, log, found);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable Map<String, @Nullable Object> ours(Kind kind, byte[] line) {
    try {
      Map<String, @Nullable Object> object =
          JsonText.readObject(new String(line, StandardCharsets.UTF_8));
      return kind.test().test(object) ? object : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static Map<String, @Nullable Object> parse(
      Path file, Kind kind, long number, byte[] line) {
    String why;
    try {
      Map<String, @Nullable Object> object =
          JsonText.readObject(new String(line, StandardCharsets.UTF_8));
      if (kind.test().test(object)) {
        return object;
      }
      why = "holds no " + kind.name() + " but the keys " + object.keySet();
    } catch (IllegalArgumentException e) {
      why = String.valueOf(e.getMessage());
    }
    String message = "%s, line %d: %s. ".formatted(file, number, why);
    if (number == 1) {
      throw new ForeignFileException(
          message
              + "The file was not written by this command and was not changed. Name another file, or"
              + " move it away.");
    }
    throw new DataException(message + "The file was damaged: move it away, or remove the line.");
  }

  /** The objects that stood in the file when it was opened, in order. */
  public List<Map<String, @Nullable Object>> found() {
    return found;
  }

  /** Bytes of an unfinished last line that were cut off. */
  public long cut() {
    return log.cut();
  }

  /**
   * Adds a line and forces it to the disk.
   *
   * @throws UncheckedIOException if that fails; the message names the file, which then ends where
   *     it ended before
   */
  public void append(Map<String, ? extends @Nullable Object> line) {
    try {
      log.append((JsonText.write(line) + "\n").getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + file + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      log.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file + ": " + e, e);
    }
  }
}
