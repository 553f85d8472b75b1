/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Finds characters that went through a wrong encoding.
 *
 * <p>UTF-8 that was read as Windows-1252 is found by undoing it: a run of non-ASCII characters
 * whose Windows-1252 bytes are UTF-8 again, of a kind that is common. UTF-8 that was read as
 * another encoding is known by a few frequent words only.
 */
final class Mojibake {
  private static final int[] BYTE_OF = new int[0x3000];
  private static final List<String> WORDS = List.of("锟斤拷", "烫烫烫", "屯屯屯", "ï»¿", "ï¿½");

  static {
    Arrays.fill(BYTE_OF, -1);
    byte[] one = new byte[1];
    for (int b = 0x80; b < 0x100; b++) {
      one[0] = (byte) b;
      String c = new String(one, Charset.forName("windows-1252"));
      if (c.charAt(0) != '\uFFFD') {
        BYTE_OF[c.charAt(0)] = b;
      }
      BYTE_OF[b] = b;
    }
  }

  private Mojibake() {}

  /** Returns the place of the first damaged character, or -1 if there is none. */
  static int damage(String text) {
    int lost = text.indexOf('\uFFFD');
    if (lost >= 0) {
      return lost;
    }
    for (int i = 0; i < text.length(); i++) {
      int b = byteOf(text.charAt(i));
      if (b >= 0xC2 && b <= 0xF4) {
        int end = i + 1;
        while (end < text.length() && byteOf(text.charAt(end)) >= 0) {
          end++;
        }
        if (isMojibake(text, i, end)) {
          return i;
        }
      }
      if (b < 0 && text.charAt(i) > 0x7F) {
        for (String word : WORDS) {
          if (text.startsWith(word, i)) {
            return i;
          }
        }
      }
    }
    return -1;
  }

  private static int byteOf(char c) {
    return c < BYTE_OF.length ? BYTE_OF[c] : -1;
  }

  /** Looks at the first UTF-8 sequence of a run, and whether it is a likely one. */
  private static boolean isMojibake(String text, int from, int to) {
    int lead = byteOf(text.charAt(from));
    int length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (from + length > to) {
      return false;
    }
    ByteBuffer bytes = ByteBuffer.allocate(length);
    boolean c1 = false;
    for (int i = from; i < from + length; i++) {
      bytes.put((byte) byteOf(text.charAt(i)));
      c1 |= text.charAt(i) >= 0x80 && text.charAt(i) < 0xA0;
    }
    CharBuffer decoded;
    try {
      decoded = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip());
    } catch (CharacterCodingException e) {
      return false;
    }
    int c = Character.codePointAt(decoded, 0);
    if (length > 2) {
      return Character.isDefined(c) && isCommon(c);
    }
    // Accented capitals before a closing quotation mark look like two bytes, too.
    boolean quote = text.charAt(from + 1) >= 0x2000;
    return c1 || (isCommon(c) && lead <= 0xD1 && (!quote || repeats(text, from + 2, to)));
  }

  private static boolean repeats(String text, int from, int to) {
    return from + 2 <= to
        && byteOf(text.charAt(from)) >= 0xC2
        && byteOf(text.charAt(from + 1)) >= 0x80
        && byteOf(text.charAt(from + 1)) < 0xC0;
  }

  private static boolean isCommon(int c) {
    return (c >= 0xA0 && c <= 0x17F)
        || (c >= 0x370 && c <= 0x45F)
        || (c >= 0x2010 && c <= 0x2044)
        || (c >= 0x20A0 && c <= 0x22FF)
        || (c >= 0x2500 && c <= 0x27BF)
        || (c >= 0x3000 && c <= 0x30FF)
        || (c >= 0x4E00 && c <= 0x9FFF)
        || (c >= 0xAC00 && c <= 0xD7A3)
        || (c >= 0xFF00 && c <= 0xFFEF)
        || (c >= 0x1F300 && c <= 0x1FAFF);
  }

  /** Returns the place of the first control character but tab and line ends, or -1. */
  static int control(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean line = c == '\n' || c == '\r' || c == '\t';
      if ((c < 0x20 && !line) || (c >= 0x7F && c < 0xA0 && c != 0x85)) {
        return i;
      }
    }
    return -1;
  }

  /** Returns the place of the first character that prints nothing, or -1. */
  static int invisible(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (TextView.isInvisible(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }
}
