/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Bytes of a file at a place. */
public final class FileWindow {
  /** What is read at once: the channel keeps native memory of that size for each thread. */
  private static final int SLICE = 1 << 20;

  private FileWindow() {}

  /**
   * Reads bytes into a buffer of the heap.
   *
   * <p>A mapping would stay in memory until the collector finds it, which can be never: a model
   * that was loaded through mappings keeps its whole file resident beside its weights.
   *
   * @return the bytes, little endian, from position 0 on
   * @throws EOFException if the file ends before
   */
  public static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.position() < length) {
      buffer.limit(Math.min(length, buffer.position() + SLICE));
      if (channel.read(buffer, at + buffer.position()) < 0) {
        throw new EOFException(
            "the file ends after %d bytes, %d bytes from %d on were expected"
                .formatted(channel.size(), length, at));
      }
    }
    return buffer.flip();
  }
}
