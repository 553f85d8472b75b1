/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.safetensors.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSONL file that grows by whole lines, each forced to the disk before {@link #append} returns.
 *
 * <p>A process that is killed can leave a last line without its end. {@link #open} cuts it off and
 * tells how much it was; a damaged line anywhere else is an error, because nobody knows what it
 * was. Appending is safe from several threads.
 */
public final class JsonlLog implements AutoCloseable {
  private final Path file;
  private final FileChannel channel;
  private final List<Map<String, @Nullable Object>> found;
  private final long cut;

  private JsonlLog(
      Path file, FileChannel channel, List<Map<String, @Nullable Object>> found, long cut) {
    this.file = file;
    this.channel = channel;
    this.found = found;
    this.cut = cut;
  }

  /**
   * Opens a file and reads what stands in it; a file that is missing is made.
   *
   * @throws DataException if a line is not a JSON object
   * @throws UncheckedIOException if the file cannot be read or written
   */
  public static JsonlLog open(Path file) {
    try {
      byte[] bytes = readIfThere(file);
      int end = bytes.length;
      while (end > 0 && bytes[end - 1] != '\n') {
        end--;
      }
      List<Map<String, @Nullable Object>> found = parse(file, bytes, end);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        // Two processes that append to the same file would both pay, and mix their lines.
        if (channel.tryLock() == null) {
          throw new IOException(file + " is in use by another process: wait for it, or end it");
        }
        if (end < bytes.length) {
          channel.truncate(end);
          channel.force(true);
        }
        channel.position(end);
        AtomicFile.syncFolder(file.toAbsolutePath().resolveSibling("."));
        return new JsonlLog(file, channel, found, bytes.length - end);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] readIfThere(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      return new byte[0];
    }
  }

  private static List<Map<String, @Nullable Object>> parse(Path file, byte[] bytes, int end) {
    List<Map<String, @Nullable Object>> found = new ArrayList<>();
    String[] lines = new String(bytes, 0, end, StandardCharsets.UTF_8).split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      if (lines[i].isBlank()) {
        continue;
      }
      try {
        found.add(JsonText.readObject(lines[i]));
      } catch (IllegalArgumentException e) {
        throw new DataException(
            "%s, line %d %s. The file was not written by this command, or it was damaged: move it away, or remove the line."
                .formatted(file, i + 1, e.getMessage()),
            e);
      }
    }
    return found;
  }

  /** The objects that stood in the file when it was opened, in order. */
  public List<Map<String, @Nullable Object>> found() {
    return found;
  }

  /** Bytes of an unfinished last line that were cut off. */
  public long cut() {
    return cut;
  }

  /**
   * Adds a line and forces it to the disk.
   *
   * @throws UncheckedIOException if that fails; the message names the file, which then ends where
   *     it ended before
   */
  public synchronized void append(Map<String, ? extends @Nullable Object> line) {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(JsonText.write(line) + "\n");
    long before = -1;
    try {
      before = channel.position();
      while (bytes.hasRemaining()) {
        int written = channel.write(bytes);
        if (written < 0) {
          throw new IOException("nothing could be written");
        }
      }
      channel.force(false);
    } catch (IOException e) {
      cutBack(before, e);
      throw new UncheckedIOException("cannot write to " + file + ": " + e, e);
    }
  }

  private void cutBack(long before, IOException cause) {
    try {
      if (before >= 0) {
        channel.truncate(before);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file + ": " + e, e);
    }
  }
}
