/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sums over the vocabulary for each row of a chunk, put together from those of the tiles.
 *
 * <p>A tile's exponentials are taken relative to the row's largest logit in the tile; the sums here
 * are relative to the largest so far. Source: "Online normalizer calculation for softmax", arXiv
 * 1805.02867, section 3.
 */
final class RowSums {
  private final double[] max;
  private final double[] sum;
  private final double[] expected;
  private final double[] total;
  private final double[] squares;

  RowSums(int rows) {
    max = new double[rows];
    Arrays.fill(max, Double.NEGATIVE_INFINITY);
    sum = new double[rows];
    expected = new double[rows];
    total = new double[rows];
    squares = new double[rows];
  }

  /**
   * Adds a tile.
   *
   * @param tileMax largest logit z of each row
   * @param tileSum sum of {@code e = exp(z - tileMax)}
   * @param tileTotal sum of z, or null
   * @param tileExpected sum of {@code e (z - tileMax)}, or null
   * @param tileNorm Euclidean norm of e, or null
   */
  void add(
      float[] tileMax,
      float[] tileSum,
      float @Nullable [] tileTotal,
      float @Nullable [] tileExpected,
      float @Nullable [] tileNorm) {
    for (int r = 0; r < max.length; r++) {
      double top = Math.max(max[r], tileMax[r]);
      double before = sum[r] == 0 ? 0 : max[r] - top;
      double here = tileMax[r] - top;
      double keep = before == 0 ? 1 : Math.exp(before);
      double take = here == 0 ? 1 : Math.exp(here);
      if (tileExpected != null) {
        expected[r] =
            keep * (expected[r] + before * sum[r]) + take * (tileExpected[r] + here * tileSum[r]);
      }
      if (tileTotal != null) {
        total[r] += tileTotal[r];
      }
      if (tileNorm != null) {
        squares[r] = keep * keep * squares[r] + take * take * tileNorm[r] * tileNorm[r];
      }
      sum[r] = keep * sum[r] + take * tileSum[r];
      max[r] = top;
    }
  }

  /** What turns an exponential relative to {@code tileMax} into a probability. */
  double share(int row, float tileMax) {
    return Math.exp(tileMax - max[row]) / sum[row];
  }

  /** The largest logit of a row. */
  double max(int row) {
    return max[row];
  }

  /** Writes what is known of the entries into {@code stats}. */
  void report(
      TokenStats stats,
      SortedLabels labels,
      float[] labelLogits,
      int vocabulary,
      LogProbHead.Want want) {
    report(stats, labels, 0, labelLogits, vocabulary, want);
  }

  /** The same for labels whose rows count from {@code firstRow} on. */
  void report(
      TokenStats stats,
      SortedLabels labels,
      int firstRow,
      float[] labelLogits,
      int vocabulary,
      LogProbHead.Want want) {
    for (int i = 0; i < labels.count(); i++) {
      int entry = labels.entry(i);
      int row = firstRow + labels.row(i);
      double logSum = Math.log(sum[row]);
      stats.logps()[entry] = (float) (labelLogits[i] - max[row] - logSum);
      if (want == LogProbHead.Want.LOGPS) {
        continue;
      }
      stats.entropies()[entry] = (float) (logSum - expected[row] / sum[row]);
      stats.meanLogits()[entry] = (float) (total[row] / vocabulary);
      stats.top1()[entry] = labelLogits[i] >= max[row];
      if (stats.logSumSquares() != null) {
        stats.logSumSquares()[entry] = (float) (Math.log(squares[row]) - 2 * logSum);
      }
    }
  }
}
