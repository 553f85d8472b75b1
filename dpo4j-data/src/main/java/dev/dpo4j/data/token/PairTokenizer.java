/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.TextPair;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.tokenizer.ChatTokenizer;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides for each pair whether it is trained on and how much of it, as TRL does.
 *
 * <p>With {@code keep_start} a pair whose prompt alone reaches {@code max_length} is dropped, and
 * of every other sequence the first {@code max_length} tokens are kept; so each answer keeps at
 * least one token. With {@code keep_end} the last {@code max_length} tokens of each sequence are
 * kept, and no prompt is too long; see {@link LengthLimits}. Beyond TRL, a pair with an empty
 * answer, or with an answer of which no token could be scored, is dropped. Every decision is an
 * event.
 */
public final class PairTokenizer {
  private final RowIds rowIds;
  private final TokenizeOptions options;

  public PairTokenizer(ChatTokenizer chat, TokenizeOptions options) {
    this.rowIds = new RowIds(chat);
    this.options = options;
  }

  public RowIds rowIds() {
    return rowIds;
  }

  public PairOutcome tokenize(PreferencePair pair) {
    Set<RowEvent> events = EnumSet.noneOf(RowEvent.class);
    events.addAll(pair.info().notes());
    if (options.dropDifferingHistories() && events.remove(RowEvent.HISTORIES_DIFFER)) {
      events.add(RowEvent.HISTORIES_DIFFER_DROPPED);
    }
    if (isDropped(events)) {
      return new PairOutcome(pair, null, events, null);
    }
    if (pair.hasEmptyAnswer()) {
      events.add(RowEvent.EMPTY_ANSWER);
      return new PairOutcome(pair, null, events, null);
    }
    if (pair instanceof TextPair text && rowIds.lacksTemplate(text.prompt(), text.chosen())) {
      events.add(RowEvent.WITHOUT_TEMPLATE);
    }
    RowIds.Split full = rowIds.split(pair);
    int[] chosen = full.answers().get(0);
    int[] rejected = full.answers().get(1);
    if (full.lost() > 0) {
      events.add(RowEvent.BOUNDARY_MISMATCH);
    }
    if (Arrays.equals(chosen, rejected)) {
      events.add(options.dropIdenticalPairs() ? RowEvent.IDENTICAL_DROPPED : RowEvent.IDENTICAL);
    }
    int[] prompt = options.limits().prompt(full.prompt());
    if (chosen.length == 0 || rejected.length == 0) {
      events.add(RowEvent.EMPTY_ANSWER);
    } else if (options.limits().isFilledBy(prompt)) {
      events.add(RowEvent.PROMPT_TOO_LONG);
    } else if (options
        .limits()
        .isExceededBy(prompt.length, Math.max(chosen.length, rejected.length))) {
      events.add(RowEvent.TOO_LONG);
    }
    TokenizedPair kept = isDropped(events) ? null : truncate(pair, prompt, full, events);
    return new PairOutcome(pair, full, events, isDropped(events) ? null : kept);
  }

  /**
   * Tokenises a pair for a reward model, as TRL's RewardTrainer does: prompt and answer as one
   * text, of which nothing is cut.
   *
   * <p>A pair of which a sequence is longer than {@code max_length} is dropped. Beyond TRL, a pair
   * with an empty answer is dropped. What both sequences begin with stands as the prompt: it is
   * what they share, not what the row calls so.
   */
  public PairOutcome tokenizeSequences(PreferencePair pair) {
    Set<RowEvent> events = EnumSet.noneOf(RowEvent.class);
    events.addAll(pair.info().notes());
    if (options.dropDifferingHistories() && events.remove(RowEvent.HISTORIES_DIFFER)) {
      events.add(RowEvent.HISTORIES_DIFFER_DROPPED);
    }
    if (!isDropped(events) && pair.hasEmptyAnswer()) {
      events.add(RowEvent.EMPTY_ANSWER);
    }
    if (isDropped(events)) {
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
    Integer most = options.maxLength();
    if (most != null && Math.max(chosen.length, rejected.length) > most) {
      events.add(RowEvent.TOO_LONG);
    }
    RowIds.Split split = RowIds.Split.ofSequences(chosen, rejected);
    return new PairOutcome(pair, split, events, isDropped(events) ? null : whole(pair, split));
  }

  /** The whole sequences of both answers, the chosen one first, of which nothing is cut. */
  public List<int[]> sequences(PreferencePair pair) {
    return rowIds.sequences(pair);
  }

  /** The whole sequence of a prompt with its answer, or of a text or conversation. */
  public int[] sequence(TrainingText row) {
    if (row instanceof TrainingText.Document document) {
      return rowIds.whole(document.text()).ids();
    } else if (row instanceof TrainingText.Conversation chat) {
      return rowIds.whole(chat.messages(), chat.context(), false).ids();
    } else if (row instanceof TrainingText.TextCompletion text) {
      return rowIds.whole(text.prompt() + text.completion()).ids();
    }
    TrainingText.ChatCompletion chat = (TrainingText.ChatCompletion) row;
    return rowIds.whole(RowIds.join(chat.prompt(), chat.completion()), chat.context(), false).ids();
  }

  private static TokenizedPair whole(PreferencePair pair, RowIds.Split split) {
    return new TokenizedPair(
        pair.info().row(),
        pair.info().origin(),
        split.prompt(),
        split.answers().get(0),
        split.answers().get(1),
        pair.info().extras(),
        split.prompt());
  }

  public static boolean isDropped(Set<RowEvent> events) {
    return events.stream().anyMatch(event -> event.kind() == RowEvent.Kind.DROPPED);
  }

  private TokenizedPair truncate(
      PreferencePair pair, int[] prompt, RowIds.Split full, Set<RowEvent> events) {
    LengthLimits.Cut chosen = cut(prompt, full.answers(), 0, RowEvent.CHOSEN_CUT, events);
    LengthLimits.Cut rejected = cut(prompt, full.answers(), 1, RowEvent.REJECTED_CUT, events);
    if (Math.min(chosen.prompt().length, rejected.prompt().length) < full.prompt().length) {
      events.add(RowEvent.PROMPT_CUT);
    }
    if (Arrays.equals(chosen.answer(), rejected.answer()) && !events.contains(RowEvent.IDENTICAL)) {
      events.add(
          options.dropIdenticalPairs() ? RowEvent.IDENTICAL_DROPPED : RowEvent.IDENTICAL_AFTER_CUT);
    }
    if (chosen.scored() == 0 || rejected.scored() == 0) {
      events.add(RowEvent.NO_SCORED_TOKEN);
    }
    boolean onePrompt = Arrays.equals(chosen.prompt(), rejected.prompt());
    return new TokenizedPair(
        pair.info().row(),
        pair.info().origin(),
        chosen.prompt(),
        chosen.answer(),
        rejected.answer(),
        pair.info().extras(),
        onePrompt ? chosen.prompt() : rejected.prompt());
  }

  private LengthLimits.Cut cut(
      int[] prompt, List<int[]> answers, int which, RowEvent event, Set<RowEvent> events) {
    int[] answer = answers.get(which);
    LengthLimits limits = options.limits();
    int[] own = limits.completion(answer);
    // Answers that share the limit with their prompt must leave them the same one.
    int longest = answers.stream().mapToInt(ids -> ids.length).max().orElse(0);
    LengthLimits.Cut cut =
        limits.shares() ? limits.share(prompt, own, longest) : limits.together(prompt, own);
    if (cut.answer().length < answer.length) {
      events.add(event);
      int end = limits.keepEnd() ? own.length : cut.answer().length;
      if (rowIds.lastEos(answer) >= end) {
        events.add(RowEvent.EOS_LOST);
      }
    }
    return cut;
  }

  /** Adds an outcome to the report of its data set. */
  public static void count(PairOutcome outcome, ReportBuilder report) {
    RowIds.@Nullable Split full = outcome.full();
    report.row(outcome.info(), outcome.events(), outcome.kept() != null);
    if (full != null) {
      report.lengths("prompt", full.prompt().length);
      report.lengths("chosen", full.answers().get(0).length);
      report.lengths("rejected", full.answers().get(1).length);
      report.lengths(
          "longest sequence",
          full.prompt().length
              + Math.max(full.answers().get(0).length, full.answers().get(1).length));
    }
    TokenizedPair kept = outcome.kept();
    if (kept != null) {
      report.tokens(kept.tokens());
    }
  }
}
