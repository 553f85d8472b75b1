/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.group;

/**
 * Mean and standard deviation of the numbers of a stretch that are known; NaN stands for unknown.
 *
 * @param count how many are known
 * @param mean their mean; NaN without one
 * @param std their standard deviation with Bessel's correction; NaN for fewer than two
 */
public record KnownNumbers(int count, double mean, double std) {
  /** What is known of a stretch of an array. */
  public static KnownNumbers of(double[] values, int from, int to) {
    int count = 0;
    double sum = 0;
    for (int i = from; i < to; i++) {
      if (!Double.isNaN(values[i])) {
        sum += values[i];
        count++;
      }
    }
    double mean = count == 0 ? Double.NaN : sum / count;
    double squares = 0;
    for (int i = from; i < to; i++) {
      if (!Double.isNaN(values[i])) {
        squares += (values[i] - mean) * (values[i] - mean);
      }
    }
    return new KnownNumbers(count, mean, count < 2 ? Double.NaN : Math.sqrt(squares / (count - 1)));
  }

  /** What is known of a whole array. */
  public static KnownNumbers of(double[] values) {
    return of(values, 0, values.length);
  }

  /** Whether the numbers of a stretch are all the same, as far as they are known. */
  static boolean areEqual(double[] values, int from, int to) {
    double first = Double.NaN;
    for (int i = from; i < to; i++) {
      if (!Double.isNaN(values[i])) {
        if (!Double.isNaN(first) && values[i] != first) {
          return false;
        }
        first = values[i];
      }
    }
    return true;
  }
}
