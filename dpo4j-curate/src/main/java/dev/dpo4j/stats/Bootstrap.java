/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * 95 % intervals by drawing the cases again and again, with replacement.
 *
 * <p>The interval is the expanded percentile interval (Hesterberg, The American Statistician 69,
 * 2015, section 3.3): the quantiles are moved outwards as Student's t does for a mean, because the
 * plain percentile interval is too narrow for a few dozen cases. The same seed gives the same
 * interval.
 */
public final class Bootstrap {
  private static final int DRAWS = 2000;
  private static final int LEAST_DRAWS = 400;

  /** Numbers drawn at most: a million cases need fewer draws to be as exact. */
  private static final long MOST_NUMBERS = 200_000_000;

  private static final double TAIL = 0.025;

  private final long seed;

  public Bootstrap(long seed) {
    this.seed = seed;
  }

  /** The mean of some numbers. */
  public Estimate mean(double[] values) {
    double[] ones = new double[values.length];
    Arrays.fill(ones, 1);
    return ratio(values, ones);
  }

  /** The sum of some numbers over the sum of others that belong to the same cases. */
  public Estimate ratio(double[] numerators, double[] denominators) {
    return of(
        numerators.length,
        drawn -> {
          double above = 0;
          double below = 0;
          for (int i : drawn) {
            above += numerators[i];
            below += denominators[i];
          }
          return above / below;
        });
  }

  /**
   * Any figure.
   *
   * @param cases how many cases there are
   * @param figure computes it of the places of cases, some of which may stand there several times
   */
  public Estimate of(int cases, ToDoubleFunction<int[]> figure) {
    if (cases == 0) {
      return Estimate.NONE;
    }
    int[] places = new int[cases];
    Arrays.setAll(places, i -> i);
    double value = figure.applyAsDouble(places);
    if (cases == 1 || !Double.isFinite(value)) {
      return new Estimate(value, Double.NaN, Double.NaN, cases);
    }
    SplittableRandom random = new SplittableRandom(seed);
    int draws = (int) Math.max(LEAST_DRAWS, Math.min(DRAWS, MOST_NUMBERS / cases));
    double[] figures = new double[draws];
    for (int draw = 0; draw < draws; draw++) {
      for (int i = 0; i < cases; i++) {
        places[i] = random.nextInt(cases);
      }
      figures[draw] = figure.applyAsDouble(places);
    }
    Arrays.sort(figures);
    double tail = tail(cases);
    return new Estimate(value, quantile(figures, tail), quantile(figures, 1 - tail), cases);
  }

  /** The share of the draws that is left out on each side. */
  private static double tail(int cases) {
    double expansion = Math.sqrt(cases / (cases - 1.0));
    return normalBelow(-expansion * studentQuantile(cases - 1));
  }

  /** The 97.5 % quantile of Student's t, by its expansion in the degrees of freedom. */
  static double studentQuantile(int freedom) {
    double z = Proportion.Z;
    double z3 = z * z * z;
    double z5 = z3 * z * z;
    double z7 = z5 * z * z;
    double n = freedom;
    return z
        + (z3 + z) / (4 * n)
        + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
        + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
  }

  /** The share of the normal distribution below a value (Abramowitz and Stegun 26.2.17). */
  static double normalBelow(double x) {
    double size = Math.abs(x);
    double t = 1 / (1 + 0.2316419 * size);
    double poly =
        t
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    double above = Math.exp(-size * size / 2) / Math.sqrt(2 * Math.PI) * poly;
    return x < 0 ? above : 1 - above;
  }

  private static double quantile(double[] sorted, double share) {
    double place = Math.max(0, Math.min(share, 1 - TAIL / sorted.length)) * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
