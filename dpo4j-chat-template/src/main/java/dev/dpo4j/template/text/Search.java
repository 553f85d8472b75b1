/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.text;

/**
 * Finding a string in a string in linear time. The JVM's own search is faster on ordinary text but
 * quadratic on texts made to be so ("aaa...b" in "aaa...a"), which a hostile template would use.
 */
public final class Search {
  /** Up to this length the JVM's search costs at most this many looks a character. */
  private static final int SHORT = 64;

  private Search() {}

  public static boolean contains(String text, String wanted) {
    return indexOf(text, wanted, 0) >= 0;
  }

  public static int indexOf(String text, String wanted, int from) {
    if (wanted.length() <= SHORT) {
      return text.indexOf(wanted, from);
    }
    int[] table = table(wanted, false);
    int matched = 0;
    for (int i = Math.max(0, from); i < text.length(); i++) {
      while (matched > 0 && text.charAt(i) != wanted.charAt(matched)) {
        matched = table[matched - 1];
      }
      matched += text.charAt(i) == wanted.charAt(matched) ? 1 : 0;
      if (matched == wanted.length()) {
        return i - matched + 1;
      }
    }
    return -1;
  }

  /** The last place that begins at or before {@code from}. */
  public static int lastIndexOf(String text, String wanted, int from) {
    int length = wanted.length();
    if (length <= SHORT) {
      return text.lastIndexOf(wanted, from);
    }
    int[] table = table(wanted, true);
    int matched = 0;
    for (int i = Math.min(text.length(), from + length) - 1; i >= 0; i--) {
      while (matched > 0 && text.charAt(i) != wanted.charAt(length - 1 - matched)) {
        matched = table[matched - 1];
      }
      matched += text.charAt(i) == wanted.charAt(length - 1 - matched) ? 1 : 0;
      if (matched == length) {
        return i;
      }
    }
    return -1;
  }

  /** For each prefix (suffix when backwards), how long its longest border is. */
  private static int[] table(String wanted, boolean backwards) {
    int last = wanted.length() - 1;
    int[] table = new int[wanted.length()];
    int border = 0;
    for (int i = 1; i <= last; i++) {
      char c = wanted.charAt(backwards ? last - i : i);
      while (border > 0 && c != wanted.charAt(backwards ? last - border : border)) {
        border = table[border - 1];
      }
      border += c == wanted.charAt(backwards ? last - border : border) ? 1 : 0;
      table[i] = border;
    }
    return table;
  }
}
