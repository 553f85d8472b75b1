/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

/**
 * A figure with its 95 % interval.
 *
 * @param value the figure, NaN of no cases
 * @param low lower end of the interval, NaN where there are too few cases for one
 * @param high upper end
 * @param cases what it was computed of
 */
public record Estimate(double value, double low, double high, int cases) {
  /** Of nothing. */
  public static final Estimate NONE = new Estimate(Double.NaN, Double.NaN, Double.NaN, 0);

  /** A share with Wilson's interval, which also holds where all cases are alike. */
  public static Estimate of(Proportion share) {
    return new Estimate(share.value(), share.low(), share.high(), Math.toIntExact(share.of()));
  }

  /** Whether a value lies within the interval. */
  public boolean covers(double truth) {
    return low <= truth && truth <= high;
  }
}
