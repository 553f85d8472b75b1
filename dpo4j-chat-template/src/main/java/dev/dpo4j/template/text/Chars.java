/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.text;

/** Python's view of characters: code points, and its own classes of them. */
public final class Chars {
  private static final String IDEOGRAPHIC_NUMBERS = "一二三四五六七八九十百千万億亿兆零〇壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬两兩廿卅";

  private Chars() {}

  /** What {@code str.strip} removes and {@code \s} matches. */
  public static boolean isSpace(int c) {
    return c == ' '
        || (c >= 0x9 && c <= 0xd)
        || (c >= 0x1c && c <= 0x1f)
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  /** Where {@code str.splitlines} cuts. */
  public static boolean isLineBreak(int c) {
    return (c >= 0xa && c <= 0xd)
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  /** What {@code repr} prints as it is. */
  public static boolean isPrintable(int c) {
    if (c == ' ') {
      return true;
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  public static boolean isDecimal(int c) {
    return Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER;
  }

  /** Decimal digits and the super- and subscript kind. */
  public static boolean isDigit(int c) {
    if (isDecimal(c) || c == 0xb2 || c == 0xb3 || c == 0xb9 || c == 0x2070) {
      return true;
    }
    return (c >= 0x2074 && c <= 0x2079)
        || (c >= 0x2080 && c <= 0x2089)
        || (c >= 0x2460 && c <= 0x2468)
        || (c >= 0x2474 && c <= 0x247c)
        || (c >= 0x2488 && c <= 0x2490)
        || c == 0x24ea
        || (c >= 0x24f5 && c <= 0x24fd)
        || c == 0x24ff
        || (c >= 0x2776 && c <= 0x277e)
        || (c >= 0x2780 && c <= 0x2788)
        || (c >= 0x278a && c <= 0x2792);
  }

  /** Digits, fractions, Roman numerals and the ideographs of numbers. */
  public static boolean isNumeric(int c) {
    int type = Character.getType(c);
    return isDigit(c)
        || type == Character.OTHER_NUMBER
        || type == Character.LETTER_NUMBER
        || IDEOGRAPHIC_NUMBERS.indexOf(c) >= 0;
  }

  public static boolean isAlphanumeric(int c) {
    return Character.isLetter(c) || isNumeric(c);
  }

  /** Letters with a case: the word characters of {@code str.title}. */
  static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** Python's {@code \w}. */
  public static boolean isWord(int c) {
    return c == '_' || isAlphanumeric(c);
  }

  public static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** The UTF-16 offset of a code point's index. */
  public static int offset(String text, int index) {
    return text.offsetByCodePoints(0, index);
  }

  public static String strip(String text) {
    return stripRight(stripLeft(text));
  }

  public static String stripLeft(String text) {
    int start = 0;
    while (start < text.length() && isSpace(text.charAt(start))) {
      start++;
    }
    return text.substring(start);
  }

  public static String stripRight(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** Compares by code point, as Python does; Java's own order differs above U+FFFF. */
  public static int compare(String left, String right) {
    int common = Math.min(left.length(), right.length());
    for (int i = 0; i < common; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        boolean bothOrNeither = Character.isSurrogate(a) == Character.isSurrogate(b);
        return bothOrNeither ? Character.compare(a, b) : Character.isSurrogate(a) ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  /** Whether a text is a name of Python. */
  public static boolean isIdentifier(String text) {
    if (text.isEmpty() || !isNameStart(text.codePointAt(0))) {
      return false;
    }
    return text.codePoints().allMatch(Chars::isNamePart);
  }

  static boolean isNameStart(int c) {
    return c == '_' || Character.isUnicodeIdentifierStart(c);
  }

  public static boolean isNamePart(int c) {
    return c == '_'
        || (Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
  }
}
