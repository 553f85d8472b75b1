/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

/**
 * A share of a number of cases with its uncertainty.
 *
 * @param count cases that count
 * @param of all cases
 */
public record Proportion(long count, long of) {
  /** Quantile of the normal distribution for 95 %. */
  static final double Z = 1.959963984540054;

  /** The share, NaN of no cases. */
  public double value() {
    return of == 0 ? Double.NaN : (double) count / of;
  }

  /** Lower end of the 95 % interval of Wilson (JASA 22, 1927), NaN of no cases. */
  public double low() {
    return bound(-1);
  }

  /** Upper end of the 95 % interval of Wilson, NaN of no cases. */
  public double high() {
    return bound(1);
  }

  private double bound(int sign) {
    if (of == 0) {
      return Double.NaN;
    }
    double p = value();
    double z2 = Z * Z;
    double centre = p + z2 / (2 * of);
    double half = Z * Math.sqrt(p * (1 - p) / of + z2 / (4.0 * of * of));
    double bound = (centre + sign * half) / (1 + z2 / of);
    return Math.max(0, Math.min(1, bound));
  }
}
