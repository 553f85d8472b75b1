/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.io.Checksums;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Numbers that look random and are a function of words: the same at every start. */
final class Hash {
  private static final int HEX_BYTES = 8;

  private Hash() {}

  /** Returns 16 hexadecimal digits of the SHA-256. */
  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(sha256(bytes), 0, HEX_BYTES);
  }

  /** Returns a number made of all words, in their order. */
  static long number(Object... words) {
    StringBuilder text = new StringBuilder();
    for (Object word : words) {
      String part = String.valueOf(word);
      // The length keeps "a", "bc" and "ab", "c" apart.
      text.append(part.length()).append(':').append(part);
    }
    return ByteBuffer.wrap(sha256(text.toString().getBytes(StandardCharsets.UTF_8))).getLong();
  }

  private static byte[] sha256(byte[] bytes) {
    return Checksums.digest().digest(bytes);
  }
}
