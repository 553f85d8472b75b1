/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RowEvent;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What became of one pair.
 *
 * @param pair the pair
 * @param full its ids before truncation, or null if it was dropped before it was tokenised
 * @param events everything that happened to it
 * @param kept its ids for training, or null if it was dropped
 */
public record PairOutcome(
    PreferencePair pair,
    RowIds.@Nullable Split full,
    Set<RowEvent> events,
    @Nullable TokenizedPair kept) {}
