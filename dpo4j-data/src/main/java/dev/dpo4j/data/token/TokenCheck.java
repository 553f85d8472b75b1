/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.tokenizer.ChatTokenizer;
import dev.dpo4j.tokenizer.HfTokenizer;
import dev.dpo4j.tokenizer.LearntEnd;
import dev.dpo4j.tokenizer.Tokenizer;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells pair by pair what tokenisation makes of it, by the rules of training and without keeping
 * anything.
 *
 * <p>Several threads may check at once.
 */
public final class TokenCheck {
  private final PairTokenizer pairs;
  private final Tokenizer tokenizer;

  /** Checks with a tokenizer and the limits of a run. */
  public TokenCheck(ChatTokenizer tokenizer, TokenizeOptions options) {
    this.pairs = new PairTokenizer(tokenizer, options);
    this.tokenizer = tokenizer.tokenizer();
  }

  /**
   * What became of a pair.
   *
   * @param events everything that happened to it
   * @param prompt tokens of the prompt before any cut; 0 where {@code tokenized} is false
   * @param chosen tokens of the chosen answer before any cut
   * @param rejected tokens of the rejected answer before any cut
   * @param tokenized whether the lengths are known: an empty or broken row is not tokenised
   * @param kept its ids for training, or null if it is not trained on
   * @param fault why the conversation cannot be rendered; empty if it can
   */
  public record Result(
      Set<RowEvent> events,
      int prompt,
      int chosen,
      int rejected,
      boolean tokenized,
      @Nullable TokenizedPair kept,
      String fault) {
    public Result {
      events = Set.copyOf(events);
    }
  }

  /**
   * Returns what looks at the ends of answers; null where the tokenizer does not tell its stops.
   */
  public @Nullable LearntEnd learntEnd() {
    return tokenizer instanceof HfTokenizer known ? new LearntEnd(known) : null;
  }

  /**
   * Tokenises a pair.
   *
   * @throws dev.dpo4j.tokenizer.TokenizerException if the data need a chat template or an EOS token
   *     that the model does not have
   */
  public Result check(PreferencePair pair) {
    try {
      PairOutcome outcome = pairs.tokenize(pair);
      RowIds.Split full = outcome.full();
      if (full == null) {
        return new Result(outcome.events(), 0, 0, 0, false, null, "");
      }
      return new Result(
          outcome.events(),
          full.prompt().length,
          full.answers().get(0).length,
          full.answers().get(1).length,
          true,
          outcome.kept(),
          "");
    } catch (RowFault fault) {
      return new Result(EnumSet.noneOf(RowEvent.class), 0, 0, 0, false, null, fault.text());
    }
  }
}
