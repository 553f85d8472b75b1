/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.source.SourceOptions;

/**
 * Whether what becomes of a row depends on no other: only then can each partition be tokenised by
 * itself.
 */
final class IndependentRows {
  private static final String WHOLE = "train";
  private static final String WHOLE_TEST = "test";

  private IndependentRows() {}

  /** Says so where all rows are taken, in the form that each has. */
  static boolean areIn(DatasetOptions dataset) {
    return dataset.datasetTrainSplit().equals(WHOLE)
        && dataset.datasetTestSplit().equals(WHOLE_TEST)
        && dataset.sources().equals(SourceOptions.DEFAULT);
  }

  /** Says the same where lists of answers may become pairs. */
  static boolean areIn(DatasetOptions dataset, RankedOptions ranked) {
    return areIn(dataset) && ranked.equals(RankedOptions.DEFAULT);
  }
}
