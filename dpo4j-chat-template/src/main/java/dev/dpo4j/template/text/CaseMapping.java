/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.template.text;

import java.util.Locale;

/** Python's case methods; the Unicode tables are the JVM's. */
public final class CaseMapping {
  private CaseMapping() {}

  public static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  public static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  public static String fold(String text) {
    return lower(upper(text).replace("ẞ", "SS")).replace('ς', 'σ');
  }

  /** The first character in title case, the rest lower. */
  public static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    // The first letter stays before the rest while it is lowered: a final sigma looks back at it.
    String lower = lower(text);
    int cut = lower(Character.toString(first)).length();
    return titleCase(first) + lower.substring(cut);
  }

  public static String title(String text) {
    String lower = lower(text);
    StringBuilder out = new StringBuilder(text.length());
    boolean inWord = false;
    int at = 0;
    for (int c : text.codePoints().toArray()) {
      int length = lower(Character.toString(c)).length();
      out.append(inWord ? lower.substring(at, at + length) : titleCase(c));
      at += length;
      inWord = Chars.isCased(c);
    }
    return out.toString();
  }

  private static String titleCase(int c) {
    int title = Character.toTitleCase(c);
    String upper = upper(Character.toString(c));
    if (title == c && upper.codePointCount(0, upper.length()) > 1) {
      int first = upper.offsetByCodePoints(0, 1);
      return upper.substring(0, first) + lower(upper.substring(first));
    }
    return Character.toString(title);
  }

  public static String swap(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int c : text.codePoints().toArray()) {
      String one = Character.toString(c);
      out.append(
          Character.isUpperCase(c) ? lower(one) : Character.isLowerCase(c) ? upper(one) : one);
    }
    return out.toString();
  }

  public static boolean isLower(String text) {
    return text.codePoints().anyMatch(Character::isLowerCase)
        && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
  }

  public static boolean isUpper(String text) {
    return text.codePoints().anyMatch(Character::isUpperCase)
        && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
  }

  public static boolean isTitle(String text) {
    boolean inWord = false;
    boolean any = false;
    for (int c : text.codePoints().toArray()) {
      boolean upper = Character.isUpperCase(c) || Character.isTitleCase(c);
      if (upper ? inWord : Character.isLowerCase(c) && !inWord) {
        return false;
      }
      inWord = Chars.isCased(c);
      any |= inWord;
    }
    return any;
  }
}
