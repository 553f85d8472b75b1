/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.tokenizer.IncrementalDecoder;
import dev.dpo4j.tokenizer.Tokenizer;

/**
 * The text of an answer while it grows, up to the first stop string.
 *
 * <p>What could still become part of a stop string is held back. Only the answer is searched, not
 * the end of the prompt.
 */
public final class AnswerText {
  private final IncrementalDecoder decoder;
  private final StopRules rules;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /** Begins with no text; special tokens are left out of it. */
  public AnswerText(Tokenizer tokenizer, StopRules rules) {
    this.decoder = new IncrementalDecoder(tokenizer, true);
    this.rules = rules;
  }

  /** Adds a token and returns the text that became certain by it; may be empty. */
  public String append(int id) {
    return take(decoder.append(id), rules.overlap());
  }

  /** Returns the text held back so far. */
  public String finish() {
    return take(decoder.finish(), 0);
  }

  /** Whether a stop string was met: nothing is added after it. */
  public boolean stopped() {
    return stopped;
  }

  private String take(String piece, int holdBack) {
    if (stopped) {
      return "";
    }
    held.append(piece);
    int at = rules.indexIn(held);
    if (at >= 0) {
      stopped = true;
      return held.substring(0, at);
    }
    int certain = Math.max(0, held.length() - holdBack);
    String text = held.substring(0, certain);
    held.delete(0, certain);
    return text;
  }
}
