/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

import java.util.ArrayList;
import java.util.List;

/**
 * Brings the numbers of all tokens of a rollout to the same scale: a variance of 1 and, if the mean
 * is shifted, a mean of 0.
 */
public final class Whitening {
  /** Keeps numbers that are all equal from a division by zero. */
  private static final double SMALL = 1e-8;

  private Whitening() {}

  /**
   * Whitens the numbers of several answers together.
   *
   * @param values of each answer and token; they stay as they are
   * @param counted how many tokens of each answer, from its first, decide mean and variance; the
   *     others are whitened by them too
   * @param shiftMean whether the mean becomes 0; else it stays
   */
  public static List<double[]> whiten(List<double[]> values, int[] counted, boolean shiftMean) {
    int count = 0;
    double sum = 0;
    for (int i = 0; i < counted.length; i++) {
      for (int t = 0; t < counted[i]; t++) {
        sum += values.get(i)[t];
        count++;
      }
    }
    double mean = sum / Math.max(1, count);
    double squares = 0;
    for (int i = 0; i < counted.length; i++) {
      for (int t = 0; t < counted[i]; t++) {
        double distance = values.get(i)[t] - mean;
        squares += distance * distance;
      }
    }
    double scale = 1 / Math.sqrt(squares / Math.max(1, count - 1) + SMALL);
    double kept = shiftMean ? 0 : mean;
    List<double[]> whitened = new ArrayList<>();
    for (double[] ofAnswer : values) {
      double[] result = new double[ofAnswer.length];
      for (int t = 0; t < result.length; t++) {
        result[t] = (ofAnswer[t] - mean) * scale + kept;
      }
      whitened.add(result);
    }
    return whitened;
  }
}
