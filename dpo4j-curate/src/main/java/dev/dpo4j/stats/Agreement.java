/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

import java.util.List;

/**
 * How well two raters agree: a table of counts, and Cohen's kappa with its 95 % interval.
 *
 * @param categories names of the categories
 * @param counts {@code counts[i][j]}: cases that the first rater puts into category i and the
 *     second into category j
 */
@SuppressWarnings("ArrayRecordComponent")
public record Agreement(List<String> categories, long[][] counts) {
  public Agreement {
    categories = List.copyOf(categories);
    if (counts.length != categories.size()) {
      throw new IllegalArgumentException(
          "%d categories but %d rows".formatted(categories.size(), counts.length));
    }
  }

  /** Number of cases. */
  public long cases() {
    long sum = 0;
    for (long[] row : counts) {
      for (long count : row) {
        sum += count;
      }
    }
    return sum;
  }

  /** Share of the cases in which both say the same. */
  public Proportion observed() {
    long same = 0;
    for (int i = 0; i < counts.length; i++) {
      same += counts[i][i];
    }
    return new Proportion(same, cases());
  }

  private double row(int i) {
    double sum = 0;
    for (long count : counts[i]) {
      sum += count;
    }
    return sum / cases();
  }

  private double column(int j) {
    double sum = 0;
    for (long[] row : counts) {
      sum += row[j];
    }
    return sum / cases();
  }

  /** The agreement that chance alone would give. */
  private double expected() {
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      sum += row(i) * column(i);
    }
    return sum;
  }

  /**
   * Cohen's kappa (Educational and Psychological Measurement 20, 1960): 1 is perfect, 0 what chance
   * gives. NaN without cases, and where both raters use one and the same category only.
   */
  public double kappa() {
    double chance = expected();
    return chance == 1 ? Double.NaN : (observed().value() - chance) / (1 - chance);
  }

  /**
   * Standard error of kappa for large samples (Fleiss, Cohen and Everitt, Psychological Bulletin
   * 72, 1969, equation 13).
   */
  public double standardError() {
    double chance = expected();
    double kappa = kappa();
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      for (int j = 0; j < counts.length; j++) {
        double p = (double) counts[i][j] / cases();
        if (i == j) {
          double a = 1 - (row(i) + column(i)) * (1 - kappa);
          sum += p * a * a;
        } else {
          double b = (column(i) + row(j)) * (1 - kappa);
          sum += p * b * b;
        }
      }
    }
    double c = kappa - chance * (1 - kappa);
    return Math.sqrt(Math.max(0, sum - c * c) / cases()) / (1 - chance);
  }

  /** Lower end of the 95 % interval of kappa. */
  public double low() {
    return Math.max(-1, kappa() - Proportion.Z * standardError());
  }

  /** Upper end of the 95 % interval of kappa. */
  public double high() {
    return Math.min(1, kappa() + Proportion.Z * standardError());
  }
}
