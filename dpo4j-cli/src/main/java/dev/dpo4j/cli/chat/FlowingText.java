/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import dev.dpo4j.cli.terminal.TextWidth;
import java.util.function.IntSupplier;

/**
 * Breaks a text that comes in pieces into lines between its words.
 *
 * <p>A word is held back until its end is known, which is one token. Chinese, Japanese and Korean
 * text breaks between any two characters, except before a closing and behind an opening mark.
 */
final class FlowingText {
  private static final String CLOSING = "、。，．：；？！）］｝〉》」』】〕〗”’";
  private static final String OPENING = "（［｛〈《「『【〔〖“‘";
  private static final int JOINER = 0x200d;
  private static final int TAB = 8;

  private final IntSupplier width;
  private final StringBuilder word = new StringBuilder();
  private final StringBuilder shown = new StringBuilder();
  private int wordColumns;
  private int spaces;
  private int column;
  private int last;

  /**
   * Begins at the start of a line.
   *
   * @param width columns of the terminal, asked anew for each word: a window can be resized
   */
  FlowingText(IntSupplier width) {
    this.width = width;
  }

  /** Takes more of the text, and returns what can be shown now. */
  String append(String text) {
    text.codePoints().forEach(this::add);
    return take();
  }

  /** Returns what was held back: the text, or this part of it, is at its end. */
  String finish() {
    endWord();
    return take();
  }

  private String take() {
    String ready = shown.toString();
    shown.setLength(0);
    return ready;
  }

  private void add(int c) {
    if (c == '\n') {
      endWord();
      shown.append('\n');
      column = 0;
      spaces = 0;
    } else if (c == ' ') {
      endWord();
      spaces++;
    } else if (c == '\t') {
      endWord();
      indent();
      shown.append('\t');
      column += TAB - column % TAB;
    } else {
      addToWord(c);
    }
    last = c;
  }

  private void addToWord(int c) {
    int columns = TextWidth.of(Character.toString(c));
    if (canBreakBefore(c, columns) || wordColumns + columns > width.getAsInt()) {
      endWord();
    }
    word.appendCodePoint(c);
    wordColumns += columns;
  }

  private boolean canBreakBefore(int c, int columns) {
    if (word.isEmpty() || columns == 0 || last == JOINER) {
      return false;
    }
    boolean wide = columns == 2 || TextWidth.of(Character.toString(last)) == 2;
    return wide && CLOSING.indexOf(c) < 0 && OPENING.indexOf(last) < 0;
  }

  /** Shows the word, in the next line if it has no room in this one. */
  private void endWord() {
    if (word.isEmpty()) {
      return;
    }
    if (column > 0 && column + spaces + wordColumns > width.getAsInt()) {
      shown.append('\n');
      column = 0;
      spaces = 0;
    }
    indent();
    shown.append(word);
    column += wordColumns;
    word.setLength(0);
    wordColumns = 0;
  }

  private void indent() {
    shown.append(" ".repeat(spaces));
    column += spaces;
    spaces = 0;
  }
}
