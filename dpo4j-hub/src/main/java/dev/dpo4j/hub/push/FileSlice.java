/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub.push;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A part of a file as a stream. */
final class FileSlice extends InputStream {
  private final Path file;
  private final LongConsumer heard;
  private @Nullable FileChannel channel;
  private long at;
  private long left;

  /** A part that is opened when it is first read. */
  FileSlice(Path file, long from, long length, LongConsumer heard) {
    this.file = file;
    this.heard = heard;
    this.at = from;
    this.left = length;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    FileChannel open = channel;
    if (open == null) {
      open = FileChannel.open(file, StandardOpenOption.READ);
      channel = open;
    }
    int most = (int) Math.min(length, left);
    int read = open.read(ByteBuffer.wrap(buffer, offset, most), at);
    if (read < 0) {
      throw new EOFException("the file became shorter while it was uploaded");
    }
    at += read;
    left -= read;
    heard.accept(read);
    return read;
  }

  @Override
  public void close() throws IOException {
    FileChannel open = channel;
    if (open != null) {
      open.close();
    }
  }
}
