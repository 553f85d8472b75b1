/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.RowInfo;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What became of one pair, or of a row that gives none.
 *
 * @param info where the row came from
 * @param pair the pair, or null if the row gives none
 * @param full its ids before truncation, or null if it was dropped before it was tokenised
 * @param events everything that happened to it
 * @param kept its ids for training, or null if it was dropped
 */
public record PairOutcome(
    RowInfo info,
    @Nullable PreferencePair pair,
    RowIds.@Nullable Split full,
    Set<RowEvent> events,
    @Nullable TokenizedPair kept) {

  PairOutcome(
      PreferencePair pair,
      RowIds.@Nullable Split full,
      Set<RowEvent> events,
      @Nullable TokenizedPair kept) {
    this(pair.info(), pair, full, events, kept);
  }

  /** The outcome of a row that gives no pair, as its notes say. */
  public static PairOutcome leftOut(RowInfo info) {
    return new PairOutcome(info, null, null, info.notes(), null);
  }
}
