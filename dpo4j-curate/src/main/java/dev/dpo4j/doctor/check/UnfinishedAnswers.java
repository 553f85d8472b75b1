/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import java.util.regex.Pattern;

/** Tells whether an answer was ended or broke off. */
public final class UnfinishedAnswers {
  /** How the end of an answer looks. */
  public enum Ending {
    /** With the mark of the end of a sentence. */
    CLOSED,
    /** In the middle of a sentence. */
    OPEN,
    /** Not with a sentence: a word, a list, a formula, code. */
    NO_SENTENCE
  }

  /** A shorter last line is a word or a label, not a sentence. */
  private static final int MIN_LINE_UNITS = 8;

  private static final Pattern LIST_OR_LABEL =
      Pattern.compile(
          "^\\s*([-*+•·#>|]|\\(?[0-9a-zA-Z一二三四五六七八九十]{1,3}[.):：、)]|[\\p{L} ]{1,24}[:：])");
  private static final Pattern FORMULA = Pattern.compile("[=\\\\<>{}|;_/#]|\\$|http");
  private static final Pattern SENTENCE_END =
      Pattern.compile("[\\p{L}\\p{N})\"'”’)]([.!?][\"')\\]]*\\s|[。！？।…])");
  private static final Pattern FENCE = Pattern.compile("`{3,}");

  private UnfinishedAnswers() {}

  static Ending of(String answer) {
    String text = answer.strip();
    if (text.isEmpty()) {
      return Ending.NO_SENTENCE;
    }
    String line = text.substring(text.lastIndexOf('\n') + 1);
    int last = text.codePointBefore(text.length());
    if (isClosing(last)) {
      return Ending.CLOSED;
    }
    boolean stops = Character.isLetter(last) || last == ',' || last == '，' || last == '、';
    if (!stops
        || units(line) < MIN_LINE_UNITS
        || LIST_OR_LABEL.matcher(line).find()
        || FORMULA.matcher(line).find()
        // Who ends no sentence with a mark does not break off without one.
        || !SENTENCE_END.matcher(text).find()) {
      return Ending.NO_SENTENCE;
    }
    return Ending.OPEN;
  }

  /** Marks at the end of a sentence, quotes, brackets, emoji and other symbols. */
  private static boolean isClosing(int c) {
    return switch (Character.getType(c)) {
      case Character.LETTER_NUMBER,
          Character.LOWERCASE_LETTER,
          Character.UPPERCASE_LETTER,
          Character.TITLECASE_LETTER,
          Character.MODIFIER_LETTER,
          Character.OTHER_LETTER,
          Character.DECIMAL_DIGIT_NUMBER ->
          false;
      case Character.OTHER_PUNCTUATION -> c != ',' && c != '，' && c != '、';
      default -> true;
    };
  }

  /** Words, and pairs of characters of scripts without spaces. */
  private static int units(String line) {
    double units = 0;
    boolean inWord = false;
    for (int at = 0; at < line.length(); ) {
      int c = line.codePointAt(at);
      at += Character.charCount(c);
      boolean letter = Character.isLetterOrDigit(c);
      if (letter && !Scripts.hasSpaces(c)) {
        units += 0.5;
        inWord = false;
      } else {
        units += letter && !inWord ? 1 : 0;
        inWord = letter;
      }
    }
    return (int) units;
  }

  /** Returns whether a code fence is opened and not closed. */
  static boolean hasOpenFence(String answer) {
    return answer.contains("```") && FENCE.matcher(answer).results().count() % 2 == 1;
  }

  /** Returns the last characters of a text, for an example. */
  static String tail(String text) {
    String end = text.strip();
    int from = Math.max(0, end.length() - 60);
    if (from > 0 && Character.isLowSurrogate(end.charAt(from))) {
      from--;
    }
    return (from > 0 ? "..." : "") + end.substring(from);
  }
}
