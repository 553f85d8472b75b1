/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.RowInfo;
import dev.dpo4j.data.row.TextPair;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the preference pairs of rows: one of most rows, several or none of a list of answers.
 *
 * <p>A pair that is left out, such as a tie, is made too, with a note that says why. A row that
 * gives no pair says why in {@link #leftOut}.
 */
public final class PairMaker {
  private final RankedOptions options;
  private boolean sawLists;
  private boolean sawScores;

  public PairMaker(RankedOptions options) {
    this.options = options;
  }

  /** Returns why a row gives no pair, as a note of what is known about it; null if it gives one. */
  public @Nullable RowInfo leftOut(Row row) {
    RowInfo dropped = RowForms.leftOut(row);
    Row.Ranked ranked = row.found().ranked();
    if (dropped != null || ranked == null || sorted(ranked).size() > 1) {
      return dropped;
    }
    Set<RowEvent> notes = EnumSet.of(RowEvent.FROM_RANKED_LIST, RowEvent.TOO_FEW_SCORES);
    if (sorted(ranked).size() < ranked.responses().size()) {
      notes.add(RowEvent.UNSCORED_ANSWERS);
    }
    return RowForms.info(plain(row, Map.of(), notes), Set.of("prompt"));
  }

  /** Returns the pairs of a row; none where {@link #leftOut} says why. */
  public List<PreferencePair> pairs(Row row) {
    if (row.isDropped()) {
      return List.of();
    }
    Row.Ranked ranked = row.found().ranked();
    if (ranked == null) {
      return List.of(checkMargin(RowForms.pair(row)));
    }
    sawLists = true;
    List<Integer> best = sorted(ranked);
    Set<RowEvent> notes = EnumSet.of(RowEvent.FROM_RANKED_LIST);
    if (best.size() < ranked.responses().size()) {
      notes.add(RowEvent.UNSCORED_ANSWERS);
    }
    if (best.size() < 2) {
      return List.of();
    }
    List<PreferencePair> pairs = new ArrayList<>();
    for (int[] place : options.pairs().places(best.size())) {
      pairs.add(pair(row, ranked, best.get(place[0]), best.get(place[1]), notes));
    }
    return pairs;
  }

  private PreferencePair pair(
      Row row, Row.Ranked ranked, int better, int worse, Set<RowEvent> notes) {
    double high = score(ranked, better);
    double low = score(ranked, worse);
    Map<String, Object> columns = new LinkedHashMap<>();
    columns.put("chosen", ranked.responses().get(better));
    columns.put("rejected", ranked.responses().get(worse));
    if (ranked.graded()) {
      columns.put(RowInfo.SCORE_CHOSEN, high);
      columns.put(RowInfo.SCORE_REJECTED, low);
    }
    PreferencePair pair = RowForms.pair(plain(row, columns, notes));
    return high == low ? with(pair, RowEvent.TIED) : checkMargin(pair);
  }

  /** The row with other columns instead of its list. */
  private static Row plain(Row row, Map<String, Object> columns, Set<RowEvent> notes) {
    Map<String, @Nullable Object> all = new LinkedHashMap<>(row.columns());
    all.putAll(columns);
    Set<RowEvent> more = EnumSet.copyOf(notes);
    more.addAll(row.found().notes());
    Row.Found found = new Row.Found(more, row.found().unread(), null, row.found().guessed());
    return new Row(row.index(), row.origin(), all, found);
  }

  private PreferencePair checkMargin(PreferencePair pair) {
    Double margin = pair.info().scoreMargin();
    sawScores |= margin != null;
    Double least = options.minScoreMargin();
    return margin != null && least != null && margin < least
        ? with(pair, RowEvent.SCORES_TOO_CLOSE)
        : pair;
  }

  private static PreferencePair with(PreferencePair pair, RowEvent event) {
    RowInfo info = pair.info().with(event);
    if (pair instanceof TextPair text) {
      return new TextPair(info, text.prompt(), text.chosen(), text.rejected());
    }
    ChatPair chat = (ChatPair) pair;
    return new ChatPair(info, chat.prompt(), chat.chosen(), chat.rejected(), chat.context());
  }

  /** The places of the answers with a score, the best first; equal ones stay in their order. */
  private static List<Integer> sorted(Row.Ranked ranked) {
    return IntStream.range(0, ranked.responses().size())
        .boxed()
        .filter(place -> ranked.scores().get(place) != null)
        .sorted(Comparator.comparing((Integer place) -> -score(ranked, place)))
        .toList();
  }

  private static double score(Row.Ranked ranked, int place) {
    return Objects.requireNonNull(ranked.scores().get(place));
  }

  /** Returns a list of answers as the prompt with its best one. */
  static Row best(Row row) {
    Row.Ranked ranked = row.found().ranked();
    if (ranked == null) {
      return row;
    }
    List<Integer> best = sorted(ranked);
    if (best.isEmpty()) {
      throw new RowFault("no answer of the list has a score, so that there is no best one");
    }
    Map<String, Object> completion = Map.of("completion", ranked.responses().get(best.get(0)));
    return plain(row, completion, EnumSet.of(RowEvent.FROM_RANKED_LIST));
  }

  /**
   * Refuses options that had nothing to decide.
   *
   * @throws DataException if an option is set and no row has what it speaks of
   */
  public void requireEffect(String source) {
    Set<String> idle = new TreeSet<>();
    if (options.rankedPairs() != null && !sawLists) {
      idle.add("ranked_pairs has no effect: no row of %s is a list of answers; remove it");
    }
    if (options.minScoreMargin() != null && !sawScores) {
      idle.add("min_score_margin has no effect: no row of %s has scores; remove it");
    }
    if (!idle.isEmpty()) {
      throw new DataException(String.join("\n", idle).formatted(source, source));
    }
  }
}
