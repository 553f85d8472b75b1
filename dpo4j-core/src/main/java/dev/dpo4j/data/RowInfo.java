/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is known about a row besides its texts.
 *
 * @param row place of the row in its split, counted from 0, before any slice
 * @param origin file and line
 * @param notes what was noticed while the row was classified
 * @param extras numeric columns that say something about the pair ({@code weight}, {@code margin},
 *     {@code p_chosen}), by name
 * @param ignored names of the columns that nobody reads
 */
public record RowInfo(
    int row, Origin origin, Set<RowEvent> notes, Map<String, Double> extras, Set<String> ignored) {
  public RowInfo {
    notes = Set.copyOf(notes);
    extras = Map.copyOf(extras);
    ignored = Set.copyOf(ignored);
  }

  /** The same row where the numeric columns of pairs mean nothing: they are not read. */
  RowInfo withoutExtras() {
    Set<String> unread = new TreeSet<>(ignored);
    unread.addAll(extras.keySet());
    return new RowInfo(row, origin, notes, Map.of(), unread);
  }
}
