/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.parse;

import dev.dpo4j.template.text.PyError;
import dev.dpo4j.template.value.Numbers;
import java.math.BigInteger;
import java.util.Locale;

/** Finds number literals as Python writes them, underscores included. */
final class NumberScanner {
  private NumberScanner() {}

  /** The end of the float that begins at {@code at}, or {@code at} where there is none. */
  static int floatEnd(String text, int at) {
    if (at > 0 && text.charAt(at - 1) == '.') {
      return at;
    }
    int whole = digits(text, at, 10);
    if (whole == at) {
      return at;
    }
    int fraction = whole;
    if (charAt(text, whole) == '.') {
      int end = digits(text, whole + 1, 10);
      fraction = end > whole + 1 ? end : whole;
    }
    int exponent = exponentEnd(text, fraction);
    if (exponent == fraction && fraction > whole) {
      return fraction;
    }
    return exponent > fraction ? exponent : at;
  }

  private static int exponentEnd(String text, int at) {
    if (charAt(text, at) != 'e' && charAt(text, at) != 'E') {
      return at;
    }
    char sign = charAt(text, at + 1);
    int from = sign == '+' || sign == '-' ? at + 2 : at + 1;
    int end = digits(text, from, 10);
    return end > from ? end : at;
  }

  /** The end of the whole number that begins at {@code at}, or {@code at} where there is none. */
  static int integerEnd(String text, int at) {
    char first = charAt(text, at);
    if (first == '0') {
      int radix = radix(charAt(text, at + 1));
      if (radix > 0) {
        int from = charAt(text, at + 2) == '_' ? at + 3 : at + 2;
        int end = digits(text, from, radix);
        if (end > from) {
          return end;
        }
      }
      int end = at + 1;
      while (charAt(text, end) == '0'
          || (charAt(text, end) == '_' && charAt(text, end + 1) == '0')) {
        end++;
      }
      return end;
    }
    return first >= '1' && first <= '9' ? digits(text, at, 10) : at;
  }

  static Object integer(String literal) {
    String text = literal.replace("_", "").toLowerCase(Locale.ROOT);
    int radix = text.length() > 1 ? radix(text.charAt(1)) : 0;
    if (text.length() > Numbers.MAX_DIGITS) {
      throw PyError.value(
          "Exceeds the limit (" + Numbers.MAX_DIGITS + " digits) for integer string conversion");
    }
    BigInteger value = radix > 0 ? new BigInteger(text.substring(2), radix) : new BigInteger(text);
    return Numbers.shrink(value);
  }

  private static int radix(char letter) {
    return switch (letter) {
      case 'x', 'X' -> 16;
      case 'o', 'O' -> 8;
      case 'b', 'B' -> 2;
      default -> 0;
    };
  }

  /** Digits with single underscores between them. */
  private static int digits(String text, int at, int radix) {
    int end = at;
    while (isDigit(charAt(text, end), radix)
        || (end > at && charAt(text, end) == '_' && isDigit(charAt(text, end + 1), radix))) {
      end++;
    }
    return end;
  }

  private static boolean isDigit(char c, int radix) {
    return c < 0x80 && Character.digit(c, radix) >= 0;
  }

  private static char charAt(String text, int at) {
    return at < text.length() ? text.charAt(at) : 0;
  }
}
