/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Reads a whole file into memory, if it has the size that its kind can have.
 *
 * <p>A device never ends, and a file of data under the name of a setting would fill the heap: both
 * are named instead.
 */
public final class SmallFile {
  /** What no file of settings, texts or keys has. */
  public static final int MOST_BYTES = 64 << 20;

  private SmallFile() {}

  /**
   * Reads a file of at most {@link #MOST_BYTES}.
   *
   * @throws IOException if it is larger, or cannot be read
   */
  public static byte[] read(Path file) throws IOException {
    return read(file, MOST_BYTES);
  }

  /**
   * Reads a file of bounded size.
   *
   * @param most bytes that it may have
   * @throws IOException if it is larger, or cannot be read
   */
  public static byte[] read(Path file, int most) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new IOException(
            "%s has more than %,d bytes, which no file of its kind has".formatted(file, most));
      }
      return bytes;
    }
  }

  /**
   * Reads a text in UTF-8 of at most {@link #MOST_BYTES}.
   *
   * @throws CharacterCodingException if it is no UTF-8
   * @throws IOException if it is larger, or cannot be read
   */
  public static String readString(Path file) throws IOException {
    return readString(file, MOST_BYTES);
  }

  /**
   * Reads a text in UTF-8 of bounded size.
   *
   * @param most bytes that it may have
   * @throws CharacterCodingException if it is no UTF-8
   * @throws IOException if it is larger, or cannot be read
   */
  public static String readString(Path file, int most) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(read(file, most));
    return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
  }
}
