/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import dev.dpo4j.data.DatasetOptions;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.source.SourceOptions;

/** Whether each row of the data is looked at by itself. */
final class Plain {
  private static final String WHOLE = "train";
  private static final String WHOLE_TEST = "test";

  private Plain() {}

  /** All rows are taken, in the form that each has. */
  static boolean isPlain(DatasetOptions dataset) {
    return dataset.datasetTrainSplit().equals(WHOLE)
        && dataset.datasetTestSplit().equals(WHOLE_TEST)
        && dataset.sources().equals(SourceOptions.DEFAULT);
  }

  /** The same where lists of answers may become pairs. */
  static boolean isPlain(DatasetOptions dataset, RankedOptions ranked) {
    return isPlain(dataset) && ranked.equals(RankedOptions.DEFAULT);
  }
}
