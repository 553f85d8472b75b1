/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

/** Student's t distribution, also for degrees of freedom that are no integer. */
public final class StudentT {
  private static final int ITERATIONS = 300;
  private static final double PRECISION = 1e-15;
  private static final double TINY = 1e-300;

  /** Coefficients of Lanczos (SIAM J. Numer. Anal. B 1, 1964) for the logarithm of gamma. */
  private static final double[] LANCZOS = {
    76.18009172947146,
    -86.50532032941678,
    24.01409824083091,
    -1.231739572450155,
    0.1208650973866179e-2,
    -0.5395239384953e-5
  };

  private StudentT() {}

  /** The probability of a value at least as far from 0, on either side. */
  public static double beyond(double t, double freedom) {
    if (Double.isNaN(t) || !(freedom > 0)) {
      return Double.NaN;
    }
    return incompleteBeta(freedom / 2, 0.5, freedom / (freedom + t * t));
  }

  /** The value that 95 % of the distribution are nearer to 0 than. */
  public static double quantile(double freedom) {
    double low = 0;
    double high = 1e8;
    while (high - low > 1e-10 * (1 + low)) {
      double middle =
          high > 1e3 && low < 1 ? Math.sqrt(high * Math.max(low, 1e-3)) : (low + high) / 2;
      if (beyond(middle, freedom) > 0.05) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  /** The regularised incomplete beta function, by its continued fraction. */
  private static double incompleteBeta(double a, double b, double x) {
    if (x <= 0 || x >= 1) {
      return x <= 0 ? 0 : 1;
    }
    double front =
        Math.exp(
            logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
    return x < (a + 1) / (a + b + 2)
        ? front * fraction(a, b, x) / a
        : 1 - front * fraction(b, a, 1 - x) / b;
  }

  /** The method of Lentz for the fraction. */
  private static double fraction(double a, double b, double x) {
    double c = 1;
    double d = 1 / away(1 - (a + b) * x / (a + 1));
    double value = d;
    for (int m = 1; m <= ITERATIONS; m++) {
      double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
      d = 1 / away(1 + even * d);
      c = away(1 + even / c);
      value *= d * c;
      double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
      d = 1 / away(1 + odd * d);
      c = away(1 + odd / c);
      value *= d * c;
      if (Math.abs(d * c - 1) < PRECISION) {
        break;
      }
    }
    return value;
  }

  private static double away(double value) {
    return Math.abs(value) < TINY ? TINY : value;
  }

  private static double logGamma(double x) {
    double sum = 1.000000000190015;
    for (int i = 0; i < LANCZOS.length; i++) {
      sum += LANCZOS[i] / (x + i + 1);
    }
    double shifted = x + 5.5;
    return (x + 0.5) * Math.log(shifted) - shifted + Math.log(2.5066282746310007 * sum / x);
  }
}
