/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.kto;

import dev.dpo4j.metrics.AnswerMetrics.Judged;
import java.util.List;

/**
 * What the processes of a run tell one another of an answer, as numbers.
 *
 * @param judged what the metrics keep of it
 * @param loss its loss; a pass gives the losses of all its answers to the first
 * @param auxiliary the unevenness with which experts are used, in the same way
 */
record AnswerRow(Judged judged, double loss, double auxiliary) {
  double[] numbers() {
    return new double[] {
      judged.desirable() ? 1 : 0,
      judged.tokens(),
      judged.entropySum(),
      judged.logitSum(),
      judged.logp(),
      judged.reward(),
      loss,
      auxiliary
    };
  }

  static AnswerRow of(double[] row) {
    Judged judged = new Judged(row[0] == 1, (int) row[1], row[2], row[3], row[4], row[5]);
    return new AnswerRow(judged, row[6], row[7]);
  }

  static List<Judged> judged(List<AnswerRow> rows) {
    return rows.stream().map(AnswerRow::judged).toList();
  }
}
