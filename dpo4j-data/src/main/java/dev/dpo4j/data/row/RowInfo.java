/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.row;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a row besides its texts.
 *
 * @param row place of the row in its split, counted from 0, before any slice
 * @param origin file and line
 * @param notes what was noticed while the row was classified
 * @param extras numeric columns that say something about the pair ({@code weight}, {@code margin},
 *     {@code p_chosen}), by name
 * @param ignored names of the columns that nobody reads
 * @param scores how good the answers are said to be ({@code score_chosen}, {@code score_rejected});
 *     they choose pairs and are shown, no loss reads them
 */
public record RowInfo(
    int row,
    Origin origin,
    Set<RowEvent> notes,
    Map<String, Double> extras,
    Set<String> ignored,
    Map<String, Double> scores) {
  public static final String SCORE_CHOSEN = "score_chosen";
  public static final String SCORE_REJECTED = "score_rejected";

  public RowInfo {
    notes = Set.copyOf(notes);
    extras = Map.copyOf(extras);
    ignored = Set.copyOf(ignored);
    scores = Map.copyOf(scores);
  }

  /** The same row with a further note. */
  public RowInfo with(RowEvent note) {
    Set<RowEvent> more = EnumSet.of(note);
    more.addAll(notes);
    return new RowInfo(row, origin, more, extras, ignored, scores);
  }

  /** Returns by how much the chosen answer leads, or null where the scores are not known. */
  public @Nullable Double scoreMargin() {
    Double chosen = scores.get(SCORE_CHOSEN);
    Double rejected = scores.get(SCORE_REJECTED);
    return chosen == null || rejected == null ? null : chosen - rejected;
  }

  /** The same row where the numeric columns of pairs mean nothing: they are not read. */
  public RowInfo withoutExtras() {
    Set<String> unread = new TreeSet<>(ignored);
    unread.addAll(extras.keySet());
    return new RowInfo(row, origin, notes, Map.of(), unread, scores);
  }
}
