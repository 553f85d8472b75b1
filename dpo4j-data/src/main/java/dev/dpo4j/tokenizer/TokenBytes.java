/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bytes that a token of the vocabulary stands for in a text. */
final class TokenBytes {
  private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");
  private static final char SPACE = '▁';
  private static final short[] BYTES = bytes();

  private TokenBytes() {}

  /**
   * Returns the bytes of a token, or null where it holds a character that stands for none.
   *
   * @param token the token as it stands in the vocabulary
   * @param byteLevel whether its characters are stand-ins for bytes, as GPT-2 has them
   */
  static byte @Nullable [] of(String token, boolean byteLevel) {
    if (!byteLevel) {
      Matcher single = BYTE.matcher(token);
      return single.matches()
          ? new byte[] {(byte) Integer.parseInt(single.group(1), 16)}
          : token.replace(SPACE, ' ').getBytes(StandardCharsets.UTF_8);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c >= BYTES.length || BYTES[c] < 0) {
        return null;
      }
      out.write(BYTES[c]);
    }
    return out.toByteArray();
  }

  private static short[] bytes() {
    short[] table = new short[512];
    Arrays.fill(table, (short) -1);
    for (short b = 0; b < 256; b++) {
      table[ByteAlphabet.charOf(b)] = b;
    }
    return table;
  }
}
