/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.loss.PairBatch;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.RowColumns;
import dev.dpo4j.metrics.PairStats;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the processes of a run tell one another of a pair that was trained on, as numbers.
 *
 * @param stats what the metrics keep of it
 * @param loss its share of the step's loss; a pass gives the loss of all its pairs to the first
 * @param auxiliary its share of the unevenness with which experts are used
 */
record PairRow(PairStats stats, double loss, double auxiliary) {
  double[] numbers() {
    return new double[] {
      stats.chosenLogp(),
      stats.rejectedLogp(),
      stats.chosenReward(),
      stats.rejectedReward(),
      stats.chosenTokens(),
      stats.rejectedTokens(),
      stats.entropySum(),
      stats.chosenLogitSum(),
      stats.rejectedLogitSum(),
      stats.chosenCorrect(),
      stats.chosenShift(),
      loss,
      auxiliary
    };
  }

  static PairRow of(double[] row) {
    PairStats stats =
        new PairStats(
            row[0],
            row[1],
            row[2],
            row[3],
            (int) row[4],
            (int) row[5],
            row[6],
            row[7],
            row[8],
            (int) row[9],
            row[10]);
    return new PairRow(stats, row[11], row[12]);
  }

  static List<PairStats> stats(List<PairRow> rows) {
    return rows.stream().map(PairRow::stats).toList();
  }

  /** Numbers of the pairs of a batch, without the columns, which every process has. */
  static List<double[]> numbers(PairBatch batch) {
    PairLogps logps = batch.logps();
    double[] weights = batch.pairWeights();
    List<double[]> rows = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      rows.add(
          new double[] {
            logps.policyChosen()[i],
            logps.policyRejected()[i],
            logps.referenceChosen()[i],
            logps.referenceRejected()[i],
            logps.chosenLengths()[i],
            logps.rejectedLengths()[i],
            batch.chosenSums()[i],
            batch.chosenTokens()[i],
            batch.rejectedTokens()[i],
            weights == null ? Double.NaN : weights[i]
          });
    }
    return rows;
  }

  /** The batch of these numbers. */
  static PairBatch batch(List<double[]> rows, RowColumns columns) {
    boolean weighted = !rows.isEmpty() && !Double.isNaN(rows.get(0)[9]);
    return new PairBatch(
        new PairLogps(
            column(rows, 0),
            column(rows, 1),
            column(rows, 2),
            column(rows, 3),
            ints(rows, 4),
            ints(rows, 5)),
        column(rows, 6),
        ints(rows, 7),
        ints(rows, 8),
        weighted ? column(rows, 9) : null,
        columns);
  }

  private static double[] column(List<double[]> rows, int at) {
    return rows.stream().mapToDouble(row -> row[at]).toArray();
  }

  private static int[] ints(List<double[]> rows, int at) {
    return Arrays.stream(column(rows, at)).mapToInt(value -> (int) value).toArray();
  }
}
