/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.util.Map;

/**
 * A correlation over all pairs since the last line of the log.
 *
 * <p>Micro-batches hand over means; a mean of their correlations would say little where they are
 * small. So each hands over its moments under names that begin with {@code ~}, and the line of the
 * log gets Pearson's coefficient of their means.
 *
 * @param name name of the metric
 */
record Correlation(String name) {
  /** Variances below this share of the second moment are rounding. */
  private static final double ROUNDING = 1e-12;

  /** Adds the moments of a micro-batch to its metrics. */
  void putMoments(Map<String, Double> metrics, double[] x, double[] y) {
    double[] sums = new double[5];
    for (int i = 0; i < x.length; i++) {
      sums[0] += x[i];
      sums[1] += y[i];
      sums[2] += x[i] * x[i];
      sums[3] += y[i] * y[i];
      sums[4] += x[i] * y[i];
    }
    for (int i = 0; i < sums.length; i++) {
      metrics.put(moment(i), sums[i] / x.length);
    }
  }

  private String moment(int i) {
    return "~" + name + "/" + i;
  }

  /** Replaces the moments of a line by the coefficient, or by nothing where it is not defined. */
  void resolve(Map<String, Double> line) {
    double[] moments = new double[5];
    for (int i = 0; i < moments.length; i++) {
      Double moment = line.remove(moment(i));
      moments[i] = moment == null ? Double.NaN : moment;
    }
    double varianceX = moments[2] - moments[0] * moments[0];
    double varianceY = moments[3] - moments[1] * moments[1];
    if (varianceX > ROUNDING * moments[2] && varianceY > ROUNDING * moments[3]) {
      double covariance = moments[4] - moments[0] * moments[1];
      line.put(name, covariance / Math.sqrt(varianceX * varianceY));
    }
  }
}
