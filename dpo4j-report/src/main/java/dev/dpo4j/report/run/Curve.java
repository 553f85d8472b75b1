/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.run;

/**
 * A metric over the steps of a run, thinned out for drawing, with figures over all of its points.
 *
 * @param name the metric
 * @param steps steps of the points that are drawn
 * @param values their values, NaN where the line breaks
 * @param stats figures over all points
 */
@SuppressWarnings("ArrayRecordComponent") // Thousands of numbers that are only read.
public record Curve(String name, double[] steps, double[] values, Stats stats) {
  /**
   * Figures over all points.
   *
   * @param points how many there are
   * @param notFinite how many of them are no finite number
   * @param firstNotFinite step of the first of those, NaN without any
   * @param min the lowest
   * @param max the highest
   * @param last the last finite value
   * @param tailPoints how many of the last points the next two look at
   * @param tailMean their mean
   * @param tailDeviation their standard deviation, NaN where there are fewer than two
   */
  public record Stats(
      long points,
      long notFinite,
      double firstNotFinite,
      double min,
      double max,
      double last,
      int tailPoints,
      double tailMean,
      double tailDeviation) {
    /** Whether there is a number at all. */
    public boolean hasNumbers() {
      return points > notFinite;
    }
  }
}
