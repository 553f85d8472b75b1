/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.config.Option;
import dev.dpo4j.data.row.RankedPairs;
import org.jspecify.annotations.Nullable;

/** Which pairs are made of rows that say how good their answers are. */
public record RankedOptions(
    @Option(
            help =
                "Which pairs a list of answers gives: best_vs_worst, best_vs_rest, adjacent (each "
                    + "against the next best one) or all; null means best_vs_worst. Answers of "
                    + "equal score make no pair; they are counted.",
            difference = "TRL reads no lists of answers.")
        @Nullable RankedPairs rankedPairs,
    @Option(
            range = "(0,inf)",
            help =
                "Leaves out pairs whose scores differ by less, and counts them: of lists of scored "
                    + "answers, and of rows with score_chosen and score_rejected.",
            difference = "TRL does not read scores.")
        @Nullable Double minScoreMargin) {
  /** One pair of each list of answers, whatever the scores. */
  public static final RankedOptions DEFAULT = new RankedOptions(null, null);

  RankedPairs pairs() {
    return rankedPairs == null ? RankedPairs.BEST_VS_WORST : rankedPairs;
  }
}
