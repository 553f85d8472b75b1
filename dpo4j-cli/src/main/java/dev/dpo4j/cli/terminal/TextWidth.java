/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

/** Columns that a text takes on a terminal: Chinese characters and emoji take two. */
public final class TextWidth {
  private TextWidth() {}

  public static int of(String text) {
    return text.codePoints().map(TextWidth::of).sum();
  }

  private static int of(int c) {
    int type = Character.getType(c);
    if (c < 0x20 || type == Character.NON_SPACING_MARK || type == Character.FORMAT) {
      return 0;
    }
    return isWide(c) ? 2 : 1;
  }

  /** The blocks that Unicode's East Asian Width marks as wide. */
  private static boolean isWide(int c) {
    return (c >= 0x1100 && c <= 0x115f)
        || (c >= 0x2e80 && c <= 0xa4cf && c != 0x303f)
        || (c >= 0xac00 && c <= 0xd7a3)
        || (c >= 0xf900 && c <= 0xfaff)
        || (c >= 0xfe30 && c <= 0xfe6f)
        || (c >= 0xff00 && c <= 0xff60)
        || (c >= 0xffe0 && c <= 0xffe6)
        || (c >= 0x1f300 && c <= 0x1faff)
        || (c >= 0x20000 && c <= 0x3fffd);
  }

  /** Fills a text up with spaces. */
  public static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - of(text)));
  }

  /** Fills a text up with spaces on its left. */
  public static String padLeft(String text, int width) {
    return " ".repeat(Math.max(0, width - of(text))) + text;
  }

  /**
   * Breaks a text into lines at its spaces.
   *
   * @param width columns of a line, the indent included
   * @param indent columns before every line; those before the first are there already
   */
  public static String wrap(String text, int width, int indent) {
    StringBuilder wrapped = new StringBuilder();
    int used = indent;
    for (String word : text.split(" ", -1)) {
      int columns = of(word);
      if (used > indent && used + 1 + columns > width) {
        wrapped.append('\n').append(" ".repeat(indent));
        used = indent;
      } else if (!wrapped.isEmpty()) {
        wrapped.append(' ');
        used++;
      }
      wrapped.append(word);
      used += columns;
    }
    return wrapped.toString();
  }

  /** Cuts a text to a width, and shows that it did. */
  public static String cut(String text, int width) {
    if (of(text) <= width) {
      return text;
    }
    StringBuilder cut = new StringBuilder();
    int used = 0;
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      if (used + of(c) > width - 3) {
        break;
      }
      used += of(c);
      cut.appendCodePoint(c);
      at += Character.charCount(c);
    }
    return cut.append("...").toString();
  }
}
