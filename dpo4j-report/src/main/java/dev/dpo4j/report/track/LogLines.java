/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.track;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The whole lines of a log that somebody else adds to, one after the other. */
final class LogLines implements AutoCloseable {
  /** A longer line is none of a log; it is passed over. */
  private static final int LONGEST = 1 << 20;

  private final Path file;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 14).flip();
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private @Nullable SeekableByteChannel channel;

  LogLines(Path file) {
    this.file = file;
  }

  /** The next line without its end, or null as long as there is no whole one. */
  @Nullable String next() throws IOException {
    SeekableByteChannel open = channel;
    if (open == null) {
      if (!Files.isRegularFile(file)) {
        return null;
      }
      open = Files.newByteChannel(file);
      channel = open;
    }
    while (true) {
      while (buffer.hasRemaining()) {
        byte b = buffer.get();
        if (b == '\n') {
          String text = line.toString(StandardCharsets.UTF_8);
          line.reset();
          return text;
        }
        if (line.size() < LONGEST) {
          line.write(b);
        }
      }
      buffer.clear();
      int read = open.read(buffer);
      buffer.flip();
      if (read <= 0) {
        return null;
      }
    }
  }

  @Override
  public void close() throws IOException {
    SeekableByteChannel open = channel;
    channel = null;
    if (open != null) {
      open.close();
    }
  }
}
