/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tokenises pairs for reward models, as TRL's RewardTrainer does: prompt and answer as one text,
 * nothing of which is cut.
 *
 * <p>A pair of which a sequence is longer than {@code max_length} is dropped. Beyond TRL, a pair
 * with an empty answer is dropped. What both sequences begin with stands as the prompt: it is what
 * they share, not what the row calls so.
 */
public final class SequencePairTokenizer {
  private final RowIds rowIds;
  private final @Nullable Integer maxLength;
  private final TokenizeOptions options;

  /**
   * Makes a tokeniser.
   *
   * @param options the longest sequence that is kept, and what else is dropped
   */
  public SequencePairTokenizer(ChatTokenizer chat, TokenizeOptions options) {
    this.rowIds = new RowIds(chat);
    this.maxLength = options.maxLength();
    this.options = options;
  }

  /** Decides what becomes of a pair. */
  public PairOutcome tokenize(PreferencePair pair) {
    Set<RowEvent> events = EnumSet.noneOf(RowEvent.class);
    events.addAll(pair.info().notes());
    if (options.dropDifferingHistories() && events.remove(RowEvent.HISTORIES_DIFFER)) {
      events.add(RowEvent.HISTORIES_DIFFER_DROPPED);
    }
    if (!PairTokenizer.isDropped(events) && pair.hasEmptyAnswer()) {
      events.add(RowEvent.EMPTY_ANSWER);
    }
    if (PairTokenizer.isDropped(events)) {
      return new PairOutcome(pair, null, events, null);
    }
    if (pair instanceof TextPair text && rowIds.lacksTemplate(text.prompt(), text.chosen())) {
      events.add(RowEvent.WITHOUT_TEMPLATE);
    }
    List<int[]> ids = rowIds.sequences(pair);
    int[] chosen = ids.get(0);
    int[] rejected = ids.get(1);
    if (Arrays.equals(chosen, rejected)) {
      events.add(options.dropIdenticalPairs() ? RowEvent.IDENTICAL_DROPPED : RowEvent.IDENTICAL);
    }
    if (maxLength != null && Math.max(chosen.length, rejected.length) > maxLength) {
      events.add(RowEvent.TOO_LONG);
    }
    // Of each sequence a token at least is its own, so that there is something to point at.
    int mismatch = Arrays.mismatch(chosen, rejected);
    int most = Math.min(chosen.length, rejected.length) - 1;
    int shared = Math.max(0, mismatch < 0 ? most : Math.min(mismatch, most));
    RowIds.Split split =
        new RowIds.Split(
            Arrays.copyOf(chosen, shared),
            List.of(
                Arrays.copyOfRange(chosen, shared, chosen.length),
                Arrays.copyOfRange(rejected, shared, rejected.length)),
            0);
    return new PairOutcome(
        pair, split, events, PairTokenizer.isDropped(events) ? null : kept(pair, split));
  }

  private static TokenizedPair kept(PreferencePair pair, RowIds.Split split) {
    return new TokenizedPair(
        pair.info().row(),
        pair.info().origin(),
        split.prompt(),
        split.answers().get(0),
        split.answers().get(1),
        pair.info().extras(),
        split.prompt());
  }
}
