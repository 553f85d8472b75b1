/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge.endpoint;

import dev.dpo4j.io.ForeignFileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Notes which requests are on their way, in a file beside the replies, so that after a kill it is
 * known how many replies may have been paid and lost.
 *
 * <p>The notes are not forced to the disk: they outlive the process, not the machine.
 */
final class InFlight implements AutoCloseable {
  private static final Pattern LINE = Pattern.compile("([+-])([0-9a-f]+)|lost ([0-9]{1,9})");

  private final Path file;
  private final long lost;
  private @Nullable FileChannel channel;

  private InFlight(Path file, long lost) {
    this.file = file;
    this.lost = lost;
  }

  /**
   * Reads what an earlier process left.
   *
   * @param replies the file of replies, whose lock the caller holds
   */
  static InFlight open(Path replies) {
    Path file = replies.toAbsolutePath().resolveSibling("." + replies.getFileName() + ".sent");
    try {
      return new InFlight(file, Files.exists(file) ? count(file) : 0);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e, e);
    }
  }

  private static long count(Path file) throws IOException {
    Set<String> open = new HashSet<>();
    long lost = 0;
    String text = Files.readString(file, StandardCharsets.ISO_8859_1);
    String whole = text.substring(0, text.lastIndexOf('\n') + 1);
    for (String line : whole.split("\n", -1)) {
      Matcher matcher = LINE.matcher(line);
      if (line.isEmpty()) {
        continue;
      }
      if (!matcher.matches()) {
        throw new ForeignFileException(
            file + " was not written by this command and was not changed; move it away");
      } else if (matcher.group(3) != null) {
        lost = Long.parseLong(matcher.group(3));
      } else if (matcher.group(1).equals("+")) {
        open.add(matcher.group(2));
      } else {
        open.remove(matcher.group(2));
      }
    }
    return lost + open.size();
  }

  /** Requests that were on their way when processes were killed. */
  long lost() {
    return lost;
  }

  /** Notes that a request is about to be sent. */
  synchronized void begin(String key) {
    try {
      if (channel == null) {
        channel =
            FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        write("lost " + lost + "\n");
      }
      write("+" + key + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "nothing is sent, because its reply could not be kept: cannot write " + file + ": " + e,
          e);
    }
  }

  /** Notes that a request has its answer, or never will have one. */
  synchronized void end(String key) {
    try {
      write("-" + key + "\n");
    } catch (IOException e) {
      return; // It will count as lost, which says too much rather than too little.
    }
  }

  private void write(String text) throws IOException {
    FileChannel open = channel;
    if (open != null) {
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
      while (bytes.hasRemaining()) {
        open.write(bytes);
      }
    }
  }

  /** Leaves only the number of lost requests, and nothing where there is none. */
  @Override
  public synchronized void close() {
    FileChannel open = channel;
    if (open == null) {
      return;
    }
    channel = null;
    try {
      open.close();
      if (count(file) == 0) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file + ": " + e, e);
    }
  }
}
