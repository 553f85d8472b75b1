/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.form;

import dev.dpo4j.config.Option;
import dev.dpo4j.data.row.RankedPairs;
import org.jspecify.annotations.Nullable;

/** Which pairs are made of rows that say how good their answers are. */
public record RankedOptions(
    @Option(
            help =
                "Which pairs to make from a list of answers: best_vs_worst, best_vs_rest, adjacent "
                    + "(each against the next best one) or all; null means best_vs_worst. Answers with "
                    + "equal scores make no pair and are counted.",
            difference = "TRL reads no lists of answers.")
        @Nullable RankedPairs rankedPairs,
    @Option(
            range = "(0,inf)",
            help =
                "Drops and counts pairs whose scores differ by less than this: in lists of scored "
                    + "answers, and in rows with score_chosen and score_rejected.",
            difference = "TRL does not read scores.")
        @Nullable Double minScoreMargin) {
  /** One pair of each list of answers, whatever the scores. */
  public static final RankedOptions DEFAULT = new RankedOptions(null, null);

  RankedPairs pairs() {
    return rankedPairs == null ? RankedPairs.BEST_VS_WORST : rankedPairs;
  }
}
