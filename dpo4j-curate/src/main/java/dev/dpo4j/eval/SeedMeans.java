/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.stats.Estimate;
import dev.dpo4j.stats.StudentT;
import java.util.List;

/**
 * Means over seeds and held-out rows, with the noise of both.
 *
 * <p>The variance of a mean is that of the means of the seeds over their number plus that of the
 * means of the rows over theirs. What seeds and rows have together is counted twice, so that an
 * interval is rather too wide than too narrow. The degrees of freedom are those of Welch and
 * Satterthwaite.
 */
final class SeedMeans {
  private SeedMeans() {}

  /**
   * A difference from 0 or an interval.
   *
   * @param mean over everything
   * @param error standard error, NaN of one seed
   * @param freedom degrees of freedom
   */
  record Mean(double mean, double error, double freedom) {
    Estimate estimate(int cases) {
      double half = StudentT.quantile(freedom) * error;
      return Double.isNaN(error)
          ? new Estimate(mean, Double.NaN, Double.NaN, cases)
          : new Estimate(mean, mean - half, mean + half, cases);
    }

    /** The probability of a mean as far from 0, if the truth were 0. */
    double p() {
      if (error == 0) {
        return mean == 0 ? 1 : 0;
      }
      return StudentT.beyond(mean / error, freedom);
    }
  }

  /**
   * Computes the mean.
   *
   * @param seeds a value a seed
   * @param rows the mean of the seeds for each row, empty for figures that are no means over rows
   */
  static Mean of(List<Double> seeds, double[] rows) {
    double[] values = seeds.stream().mapToDouble(Double::doubleValue).toArray();
    double mean = mean(values);
    if (values.length < 2) {
      return new Mean(mean, Double.NaN, Double.NaN);
    }
    double ofSeeds = variance(values) / values.length;
    double ofRows = rows.length < 2 ? 0 : variance(rows) / rows.length;
    double error = Math.sqrt(ofSeeds + ofRows);
    double below =
        ofSeeds * ofSeeds / (values.length - 1)
            + (rows.length < 2 ? 0 : ofRows * ofRows / (rows.length - 1));
    double freedom =
        below == 0 ? values.length - 1 : (ofSeeds + ofRows) * (ofSeeds + ofRows) / below;
    return new Mean(mean, error, freedom);
  }

  static double mean(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    double sum = 0;
    for (double value : values) {
      sum += (value - mean) * (value - mean);
    }
    return sum / (values.length - 1);
  }
}
