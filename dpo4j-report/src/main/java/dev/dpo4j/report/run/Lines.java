/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

import dev.dpo4j.io.SmallFile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Opens text that may end anywhere, also within a character: what is none becomes a mark. */
final class Lines {
  private Lines() {}

  static BufferedReader open(Path file) throws IOException {
    return new BufferedReader(
        new InputStreamReader(Files.newInputStream(file), StandardCharsets.UTF_8));
  }

  /**
   * The whole lines at both ends of a file, each end of at most so many bytes; all lines of a file
   * that is not longer than that.
   */
  static List<String> ends(Path file, int bytes) throws IOException {
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      long size = channel.size();
      if (size <= 2L * bytes) {
        return text(channel, 0, (int) size).lines().toList();
      }
      String head = text(channel, 0, bytes);
      String tail = text(channel, size - bytes, bytes);
      List<String> lines =
          new ArrayList<>(head.substring(0, head.lastIndexOf('\n') + 1).lines().toList());
      lines.addAll(tail.substring(tail.indexOf('\n') + 1).lines().toList());
      return lines;
    }
  }

  private static String text(SeekableByteChannel channel, long from, int length)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    channel.position(from);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // A file that becomes shorter meanwhile ends the loop.
    }
    return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
  }

  static String text(Path file) throws IOException {
    return new String(SmallFile.read(file), StandardCharsets.UTF_8);
  }
}
