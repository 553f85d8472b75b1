/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of files and texts, as 64 hexadecimal digits. */
public final class Checksums {
  private Checksums() {}

  /** A new SHA-256, which every Java platform has. */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The checksum of what a digest has seen; the digest begins anew. */
  public static String hex(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The checksum of a text in UTF-8. */
  public static String of(String text) {
    MessageDigest digest = digest();
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return hex(digest);
  }

  /** The checksum of some bytes. */
  public static String of(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }

  /** The checksum of several texts; where one ends and the next begins counts. */
  public static String ofParts(String... parts) {
    return of(joined((Object[]) parts));
  }

  /** A number that looks random and is a function of the parts and their order. */
  public static long number(Object... parts) {
    byte[] bytes = joined(parts).getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.wrap(digest().digest(bytes)).getLong();
  }

  /** The lengths keep "a", "bc" and "ab", "c" apart. */
  private static String joined(Object... parts) {
    StringBuilder all = new StringBuilder();
    for (Object part : parts) {
      String text = String.valueOf(part);
      all.append(text.length()).append(':').append(text);
    }
    return all.toString();
  }

  /**
   * The checksum of a file.
   *
   * @throws IOException when it cannot be read
   */
  public static String of(Path file) throws IOException {
    return of(file, digest());
  }

  /**
   * The checksum of a file by another digest.
   *
   * @param digest takes the bytes of the file; it begins anew
   * @throws IOException when it cannot be read
   */
  public static String of(Path file, MessageDigest digest) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 18);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(buffer) >= 0) {
        digest.update(buffer.flip());
        buffer.clear();
      }
    }
    return hex(digest);
  }
}
