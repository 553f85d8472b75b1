/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file of lines that somebody else adds to, read from where the last reading ended.
 *
 * <p>A line is taken when its end is there. A file that was replaced is read anew: it is shorter
 * than what was read of it, or other bytes stand before that place. The name alone does not tell,
 * and neither does the number that the file system gives, which a new file may get again.
 */
final class TailFile {
  private static final int CHUNK = 1 << 16;

  /** A line that is longer is none; the rest of the file is read all the same. */
  private static final int LONGEST = 1 << 24;

  /** Bytes before the place that are compared; a line of a log has some hundred. */
  private static final int MARK = 256;

  /** Takes lines. */
  interface Taker {
    /** Forgets all lines: the file begins anew. */
    void restart();

    /** Takes the next line, without its end. */
    void line(String text);
  }

  private final Path file;
  private long place;
  private byte[] mark = {};

  TailFile(Path file) {
    this.file = file;
  }

  /**
   * Reads the lines that are new.
   *
   * @return whether there was anything new
   */
  boolean read(Taker taker) throws IOException {
    if (!Files.isRegularFile(file)) {
      return forget(taker);
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      boolean replaced = place > 0 && !continues(channel);
      if (replaced) {
        forget(taker);
      }
      long before = place;
      take(channel, taker);
      return replaced || place != before;
    } catch (NoSuchFileException e) {
      return forget(taker);
    }
  }

  private boolean forget(Taker taker) {
    boolean was = place > 0;
    place = 0;
    mark = new byte[0];
    if (was) {
      taker.restart();
    }
    return was;
  }

  private boolean continues(SeekableByteChannel channel) throws IOException {
    return channel.size() >= place
        && Arrays.equals(mark, bytes(channel, place - mark.length, mark.length));
  }

  private void take(SeekableByteChannel channel, Taker taker) throws IOException {
    long from = place;
    channel.position(place);
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean tooLong = false;
    long pending = 0; // Bytes that are no whole line yet.
    while (channel.read(buffer.clear()) > 0) {
      byte[] chunk = buffer.array();
      int start = 0;
      for (int i = 0; i < buffer.position(); i++) {
        if (chunk[i] == '\n') {
          line.write(chunk, start, i - start);
          taker.line(tooLong ? "" : line.toString(StandardCharsets.UTF_8));
          place += pending + i + 1 - start;
          pending = 0;
          tooLong = false;
          line.reset();
          start = i + 1;
        }
      }
      line.write(chunk, start, buffer.position() - start);
      pending += buffer.position() - start;
      if (line.size() > LONGEST) {
        tooLong = true;
        line.reset();
      }
    }
    if (place > from) {
      int length = (int) Math.min(MARK, place);
      mark = bytes(channel, place - length, length);
    }
  }

  private static byte[] bytes(SeekableByteChannel channel, long from, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    channel.position(from);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // A file that becomes shorter meanwhile ends the loop, and its zeros differ.
    }
    return bytes.array();
  }
}
