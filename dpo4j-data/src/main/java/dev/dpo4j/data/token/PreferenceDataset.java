/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.util.List;

/**
 * Preference pairs ready for training, with the report on how they came about.
 *
 * @param pairs the pairs that are trained on, in the order of the data
 * @param report what became of every row
 */
public record PreferenceDataset(List<TokenizedPair> pairs, DataReport report) {
  public PreferenceDataset {
    pairs = SpooledRows.keep(pairs);
  }

  /** Returns the number of pairs. */
  public int size() {
    return pairs.size();
  }
}
