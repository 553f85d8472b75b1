/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import dev.dpo4j.cli.terminal.TextWidth;
import java.util.ArrayList;
import java.util.List;

/** Lays out two answers in two columns, or one below the other where they would be too narrow. */
final class SideBySide {
  private static final int LEAST = 30;

  /** Longer lines are hard to read, and behind a pipe there is no end to a line. */
  private static final int MOST = 120;

  private static final String GAP = " | ";

  private SideBySide() {}

  /** Returns the lines of both. */
  static List<String> lines(
      String leftTitle, String left, String rightTitle, String right, int terminalWidth) {
    int width = Math.min(MOST, terminalWidth);
    int column = (width - GAP.length()) / 2;
    List<String> lines = new ArrayList<>();
    if (column < LEAST) {
      lines.add("[1] " + leftTitle);
      lines.addAll(wrapped(left, width));
      lines.add("[2] " + rightTitle);
      lines.addAll(wrapped(right, width));
      return lines;
    }
    List<String> a = new ArrayList<>(wrapped("[1] " + leftTitle, column));
    List<String> b = new ArrayList<>(wrapped("[2] " + rightTitle, column));
    while (a.size() != b.size()) {
      (a.size() < b.size() ? a : b).add("");
    }
    a.add("-".repeat(column));
    b.add("-".repeat(column));
    a.addAll(wrapped(left, column));
    b.addAll(wrapped(right, column));
    for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
      String first = i < a.size() ? a.get(i) : "";
      String second = i < b.size() ? b.get(i) : "";
      String pad = " ".repeat(Math.max(0, column - TextWidth.of(first)));
      lines.add((first + pad + GAP + second).stripTrailing());
    }
    return lines;
  }

  private static List<String> wrapped(String text, int width) {
    List<String> lines = new ArrayList<>();
    for (String line : text.strip().split("\n", -1)) {
      lines.addAll(wrapLine(line, width));
    }
    return lines;
  }

  /** Breaks at spaces, and inside a word that is wider than the column. */
  private static List<String> wrapLine(String line, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder now = new StringBuilder();
    int lastSpace = -1;
    for (int i = 0; i < line.length(); ) {
      int c = line.codePointAt(i);
      now.appendCodePoint(c);
      if (c == ' ') {
        lastSpace = now.length() - 1;
      }
      if (TextWidth.of(now.toString()) > width) {
        int at = lastSpace > 0 ? lastSpace : now.length() - Character.charCount(c);
        lines.add(now.substring(0, at).stripTrailing());
        now.delete(0, lastSpace > 0 ? at + 1 : at);
        lastSpace = now.lastIndexOf(" ");
      }
      i += Character.charCount(c);
    }
    lines.add(now.toString());
    return lines;
  }
}
