/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

/** Tells thinking from answering in a text that comes in pieces. */
final class ThinkingText {
  private static final String OPEN = "<think>";
  private static final String CLOSE = "</think>";

  /** Hears of text in its order. */
  interface Sink {
    /** More text, which is thinking or the answer. */
    void text(String text, boolean thinking);
  }

  private final Sink sink;
  private final StringBuilder held = new StringBuilder();
  private boolean thinking;

  /**
   * Begins with an empty text.
   *
   * @param thinking whether the prompt has opened the thinking already
   */
  ThinkingText(boolean thinking, Sink sink) {
    this.thinking = thinking;
    this.sink = sink;
  }

  /** Whether a prompt ends with the beginning of thinking. */
  static boolean opens(String prompt) {
    return prompt.stripTrailing().endsWith(OPEN);
  }

  void append(String piece) {
    held.append(piece);
    while (true) {
      String tag = thinking ? CLOSE : OPEN;
      int at = held.indexOf(tag);
      if (at < 0) {
        give(held.length() - overlap(tag));
        return;
      }
      give(at);
      held.delete(0, tag.length());
      thinking = !thinking;
    }
  }

  /** Gives out what was held back. */
  void finish() {
    give(held.length());
  }

  private void give(int length) {
    if (length > 0) {
      sink.text(held.substring(0, length), thinking);
      held.delete(0, length);
    }
  }

  /** How much of the end can become the tag. */
  private int overlap(String tag) {
    for (int length = Math.min(tag.length() - 1, held.length()); length > 0; length--) {
      if (tag.startsWith(held.substring(held.length() - length))) {
        return length;
      }
    }
    return 0;
  }
}
