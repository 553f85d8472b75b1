/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import org.jspecify.annotations.Nullable;

/**
 * The optional columns of a batch of pairs, one entry a pair; null where the data has none.
 *
 * @param weight how much a pair counts, 0 or more: 2 counts like the row given twice
 * @param margin by how much the chosen answer's reward is asked to lead
 * @param pChosen the chance that the chosen answer is the better one, from 0 to 1
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; equality is never asked for
public record RowColumns(
    double @Nullable [] weight, double @Nullable [] margin, double @Nullable [] pChosen) {
  /** A batch without optional columns. */
  public static final RowColumns NONE = new RowColumns(null, null, null);

  public double weight(int i) {
    return weight == null ? 1 : weight[i];
  }

  public double margin(int i) {
    return margin == null ? 0 : margin[i];
  }

  public double pChosen(int i) {
    return pChosen == null ? 1 : pChosen[i];
  }
}
