/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.io.FileWindow;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, read window by window: opening it reads and checks the header alone. Large
 * windows are mapped into memory, so that their pages are read when the buffer is.
 */
public final class SafetensorsFile implements TensorSource {
  private static final String LFS_POINTER = "version https://git-lfs";

  /** Windows up to this are read, so that they leave with their reader; larger ones are mapped. */
  private static final int READ_BYTES = 32 << 20;

  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;
  private final long dataStart;

  private SafetensorsFile(
      Path path, FileChannel channel, SafetensorsHeader header, long dataStart) {
    this.path = path;
    this.channel = channel;
    this.header = header;
    this.dataStart = dataStart;
  }

  /**
   * Opens a file and checks its header: every tensor must lie inside the file, have as many bytes
   * as its type and shape say, and together they must fill the data section.
   *
   * @throws SafetensorsException when the file is not there, cannot be read or breaks the format
   */
  @SuppressWarnings("resource") // the channel lives in the result, or is closed on the way out
  public static SafetensorsFile open(Path path) {
    if (!Files.isRegularFile(path)) {
      String found = Files.exists(path) ? "this is not a regular file" : "there is no such file";
      throw new SafetensorsException(path, found, "Give the path of a safetensors file.");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      SafetensorsFile file = read(path, channel);
      channel = null;
      return file;
    } catch (IOException e) {
      throw unreadable(path, e);
    } finally {
      closeQuietly(channel);
    }
  }

  private static SafetensorsFile read(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 8) {
      throw new SafetensorsException(
          path,
          "the file has " + size + " bytes, expected at least 8 for the length of the header",
          SafetensorsException.FETCH_AGAIN);
    }
    long length = readFully(path, channel, 0, 8).getLong();
    if (length < 2 || length > size - 8 || length > SafetensorsHeader.MAX_BYTES) {
      refuseLfsPointer(path, channel);
      throw new SafetensorsException(
          path,
          "the header's length is "
              + Long.toUnsignedString(length)
              + " bytes, expected 2 to "
              + Math.min(size - 8, SafetensorsHeader.MAX_BYTES)
              + " in a file of "
              + size
              + " bytes",
          SafetensorsException.FETCH_AGAIN);
    }
    byte[] json = readFully(path, channel, 8, (int) length).array();
    // A second byte of zero would be UTF-16, which the parser would otherwise detect and accept.
    if (json[0] != '{' || json[1] == 0) {
      throw new SafetensorsException(
          path,
          "the header begins with bytes "
              + (json[0] & 0xff)
              + " and "
              + (json[1] & 0xff)
              + ", expected '{' and UTF-8 text",
          SafetensorsException.FETCH_AGAIN);
    }
    long dataStart = 8 + length;
    SafetensorsHeader header = SafetensorsHeader.decode(path, json, size - dataStart);
    return new SafetensorsFile(path, channel, header, dataStart);
  }

  private static void refuseLfsPointer(Path path, FileChannel channel) throws IOException {
    int length = (int) Math.min(LFS_POINTER.length(), channel.size());
    String start =
        new String(readFully(path, channel, 0, length).array(), StandardCharsets.ISO_8859_1);
    if (start.equals(LFS_POINTER)) {
      throw new SafetensorsException(
          path,
          "this is a pointer of Git LFS, not the weights themselves",
          "Fetch the file with \"git lfs pull\" or download it from the model's page.");
    }
  }

  private static ByteBuffer readFully(Path path, FileChannel channel, long at, int length)
      throws IOException {
    try {
      return FileWindow.read(channel, at, length);
    } catch (EOFException e) {
      throw new SafetensorsException(
          path,
          "the file became shorter while it was read: " + e.getMessage(),
          SafetensorsException.FETCH_AGAIN);
    }
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return header.tensors();
  }

  /** The free text of the header's {@code __metadata__}, such as format to pt. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** The file that was opened. */
  public Path path() {
    return path;
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    TensorInfo info = info(name);
    long tensorBytes = info.byteSize();
    Objects.checkFromIndexSize(offset, (long) length, tensorBytes);
    try {
      long at = dataStart + info.begin() + offset;
      ByteBuffer window =
          length <= READ_BYTES
              ? readFully(path, channel, at, length).asReadOnlyBuffer()
              : channel.map(FileChannel.MapMode.READ_ONLY, at, length);
      return window.order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException | UncheckedIOException e) {
      throw unreadable(path, e);
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  @Override
  public String toString() {
    return path.toString();
  }

  private static SafetensorsException unreadable(Path path, Exception e) {
    return new SafetensorsException(
        path, "the file cannot be read: " + e, "Check the path and its rights.", e);
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // Nothing was written, so nothing is lost.
    }
  }
}
