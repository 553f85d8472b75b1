/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Repr;

/** The escapes of a string literal, as Python's unicode-escape codec reads them. */
final class Escapes {
  private Escapes() {}

  static String decode(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      if (at >= text.length()) {
        throw PyError.value("\\ at end of string");
      }
      at = escape(text, at, out);
    }
    return out.toString();
  }

  private static int escape(String text, int at, StringBuilder out) {
    int c = text.codePointAt(at);
    int behind = at + Character.charCount(c);
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> out.append((char) c);
      case 'a' -> out.append('\u0007');
      case 'b' -> out.append('\b');
      case 'f' -> out.append('\f');
      case 'n' -> out.append('\n');
      case 'r' -> out.append('\r');
      case 't' -> out.append('\t');
      case 'v' -> out.append('\u000b');
      case 'x' -> behind = hex(text, behind, 2, "\\xXX", out);
      case 'u' -> behind = hex(text, behind, 4, "\\uXXXX", out);
      case 'U' -> behind = hex(text, behind, 8, "\\UXXXXXXXX", out);
      case 'N' -> behind = named(text, behind, out);
      default -> {
        if (c >= '0' && c <= '7') {
          return octal(text, at, out);
        }
        // The codec sees a character outside ASCII as an escape of its own, whose backslash the
        // one before it has eaten.
        out.append('\\');
        out.append(c < 0x80 ? Character.toString(c) : Repr.escape(c).substring(1));
      }
    }
    return behind;
  }

  private static int hex(String text, int at, int count, String form, StringBuilder out) {
    int end = Math.min(text.length(), at + count);
    int code = 0;
    for (int i = at; i < end; i++) {
      int digit = text.charAt(i) < 0x80 ? Character.digit(text.charAt(i), 16) : -1;
      if (digit < 0) {
        throw PyError.value("truncated " + form + " escape");
      }
      code = code << 4 | digit;
    }
    if (end < at + count) {
      throw PyError.value("truncated " + form + " escape");
    }
    if (!Character.isValidCodePoint(code)) {
      throw PyError.value("illegal Unicode character");
    }
    out.appendCodePoint(code);
    return end;
  }

  private static int octal(String text, int at, StringBuilder out) {
    int end = at;
    int code = 0;
    while (end < text.length()
        && end < at + 3
        && text.charAt(end) >= '0'
        && text.charAt(end) <= '7') {
      code = code * 8 + text.charAt(end++) - '0';
    }
    out.append((char) code);
    return end;
  }

  private static int named(String text, int at, StringBuilder out) {
    int end = text.indexOf('}', at);
    if (!text.startsWith("{", at) || end < 0) {
      throw PyError.value("malformed \\N character escape");
    }
    try {
      out.appendCodePoint(Character.codePointOf(text.substring(at + 1, end)));
    } catch (IllegalArgumentException e) {
      throw PyError.value("unknown Unicode character name");
    }
    return end + 1;
  }
}
