/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import java.util.Arrays;
import java.util.List;

/**
 * Draws numbers with given chances, the same as {@code numpy.random.default_rng(seed).choice(n,
 * p=probabilities)} does one after the other.
 */
final class WeightedChoice {
  private final double[] cumulative;
  private final NumpyGenerator generator;

  /**
   * Starts a sequence.
   *
   * @param probabilities chances, whose sum is 1
   * @param seed a number of 0 or more
   */
  WeightedChoice(List<Double> probabilities, long seed) {
    this.cumulative = cumulative(probabilities);
    this.generator = new NumpyGenerator(seed);
  }

  private static double[] cumulative(List<Double> probabilities) {
    double[] sums = new double[probabilities.size()];
    double sum = 0;
    for (int i = 0; i < sums.length; i++) {
      sum += probabilities.get(i);
      sums[i] = sum;
    }
    double total = sum;
    return Arrays.stream(sums).map(value -> value / total).toArray();
  }

  /** Returns the next number, from 0 to the number of chances less 1. */
  int next() {
    double uniform = generator.nextDouble();
    int place = 0;
    while (place < cumulative.length - 1 && cumulative[place] <= uniform) {
      place++;
    }
    return place;
  }
}
