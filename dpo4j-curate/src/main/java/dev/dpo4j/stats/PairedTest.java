/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

import java.util.SplittableRandom;

/** Whether two models differ on the same rows by more than chance. */
public final class PairedTest {
  private static final int FLIPS = 10_000;

  private PairedTest() {}

  /**
   * The exact two-sided test of McNemar for shares.
   *
   * @param onlyFirst rows that only the first model gets right
   * @param onlySecond rows that only the second gets right
   * @return the probability of so unequal numbers, if both were equally good
   */
  public static double mcNemar(int onlyFirst, int onlySecond) {
    int n = onlyFirst + onlySecond;
    int fewer = Math.min(onlyFirst, onlySecond);
    double logTerm = -n * Math.log(2);
    double sum = 0;
    for (int k = 0; k <= fewer; k++) {
      sum += Math.exp(logTerm);
      logTerm += Math.log(n - k) - Math.log(k + 1.0);
    }
    return Math.min(1, 2 * sum);
  }

  /**
   * The two-sided permutation test for a mean difference: how often random signs give a mean as far
   * from 0.
   *
   * @param differences one a row
   * @param seed of the signs
   * @return the probability of so large a mean, if the sign of each difference were chance
   */
  public static double signFlip(double[] differences, long seed) {
    double sum = 0;
    for (double difference : differences) {
      sum += difference;
    }
    // Sums in another order differ in their last bits.
    double observed = Math.abs(sum) * (1 - 1e-12);
    SplittableRandom random = new SplittableRandom(seed);
    int asFar = 0;
    for (int flip = 0; flip < FLIPS; flip++) {
      double flipped = 0;
      for (double difference : differences) {
        flipped += random.nextBoolean() ? difference : -difference;
      }
      asFar += Math.abs(flipped) >= observed ? 1 : 0;
    }
    return (asFar + 1.0) / (FLIPS + 1.0);
  }
}
