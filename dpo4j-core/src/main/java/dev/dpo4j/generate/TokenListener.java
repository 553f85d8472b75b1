/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Hears of an answer while it grows.
 *
 * <p>It is called on the thread that computes, between two tokens of all answers: it must be quick
 * and must not wait for anybody. What it throws ends its own answer and no other.
 */
@FunctionalInterface
public interface TokenListener {
  /** A listener that hears nothing. */
  TokenListener NONE = withoutText(id -> {});

  /** A listener of tokens alone: their text is made once, at the end of the answer. */
  static TokenListener withoutText(IntConsumer tokens) {
    return new TokenListener() {
      @Override
      public void onToken(int id, String text, @Nullable TokenLogProb logProb) {
        tokens.accept(id);
      }

      @Override
      public boolean readsText() {
        return false;
      }
    };
  }

  /** Returns whether the text of each token is needed while the answer grows. */
  default boolean readsText() {
    return true;
  }

  /**
   * A token was chosen.
   *
   * @param id the token; -1 where only text that was held back became certain at the end
   * @param text the text that became certain by it, often empty: characters may need several
   *     tokens, and what may become a stop string is held back
   * @param logProb its log-probability, where it was asked for
   */
  void onToken(int id, String text, @Nullable TokenLogProb logProb);
}
