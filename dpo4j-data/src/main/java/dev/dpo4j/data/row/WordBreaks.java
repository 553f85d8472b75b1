/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.lang.Character.UnicodeScript;

/**
 * Tells where a text may be cut without cutting a word or a character in two.
 *
 * <p>A word is a run of letters, digits and underscores, with an apostrophe or a decimal point
 * inside. Chinese, Japanese, Thai, Lao, Khmer and Burmese are written without spaces: there every
 * character may start a word.
 */
final class WordBreaks {
  private static final int ZERO_WIDTH_JOINER = 0x200D;

  private WordBreaks() {}

  /** Returns whether a cut before the UTF-16 unit at {@code at} is allowed. */
  static boolean mayCut(String text, int at) {
    if (at <= 0 || at >= text.length()) {
      return true;
    }
    if (Character.isLowSurrogate(text.charAt(at))
        && Character.isHighSurrogate(text.charAt(at - 1))) {
      return false;
    }
    int before = text.codePointBefore(at);
    int after = text.codePointAt(at);
    if (extendsPrevious(after) || before == ZERO_WIDTH_JOINER || isFlag(before, after)) {
      return false;
    }
    if (isWord(before) && isWord(after)) {
      return false;
    }
    return !joinsInside(text, at, before, after);
  }

  /** The apostrophe of "don't" and the point of "3.14" do not end a word. */
  private static boolean joinsInside(String text, int at, int before, int after) {
    if (isJoiner(after) && isWord(before)) {
      int next = at + Character.charCount(after);
      return next < text.length() && joins(before, after, text.codePointAt(next));
    }
    if (isJoiner(before) && isWord(after)) {
      int start = at - Character.charCount(before);
      return start > 0 && joins(text.codePointBefore(start), before, after);
    }
    return false;
  }

  private static boolean isJoiner(int c) {
    return c == '\'' || c == 0x2019 || c == '.' || c == ',';
  }

  private static boolean joins(int left, int joiner, int right) {
    if (joiner == '.' || joiner == ',') {
      return Character.isDigit(left) && Character.isDigit(right);
    }
    return Character.isLetter(left) && isWord(left) && Character.isLetter(right) && isWord(right);
  }

  private static boolean isWord(int c) {
    return c == '_' || (Character.isLetterOrDigit(c) && hasSpaces(UnicodeScript.of(c)));
  }

  private static boolean hasSpaces(UnicodeScript script) {
    return switch (script) {
      case HAN, HIRAGANA, KATAKANA, BOPOMOFO, THAI, LAO, KHMER, MYANMAR, TIBETAN -> false;
      default -> true;
    };
  }

  /** Marks, joiners and selectors belong to the character before them. */
  private static boolean extendsPrevious(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK ->
          true;
      default ->
          c == ZERO_WIDTH_JOINER
              || (c >= 0xFE00 && c <= 0xFE0F)
              || (c >= 0x1F3FB && c <= 0x1F3FF)
              || (c >= 0xE0020 && c <= 0xE007F);
    };
  }

  /** Two regional indicators are one flag; a run of flags is kept whole. */
  private static boolean isFlag(int before, int after) {
    return before >= 0x1F1E6 && before <= 0x1F1FF && after >= 0x1F1E6 && after <= 0x1F1FF;
  }
}
