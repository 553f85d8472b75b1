/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import dev.dpo4j.stats.Proportion;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Measures whether the chosen answers are longer than the rejected ones, from running sums.
 *
 * <p>The share of longer chosen answers is taken over the pairs of different lengths, with Wilson's
 * interval (1927) of 95 %. The ratio is the geometric mean of chosen over rejected. The correlation
 * is that between the logarithm of an answer's length and whether it was chosen, over all answers.
 */
public final class LengthBias {
  /** Shares within this of a half teach little. */
  static final double TOLERANCE = 0.1;

  private static final int MIN_PAIRS = 30;

  private long longer;
  private long shorter;
  private long equal;
  private double logRatio;
  private double squares;
  private double sum;

  /** Adds a pair; answers without any length are left out. */
  public void add(int chosen, int rejected) {
    if (chosen < 1 || rejected < 1) {
      return;
    }
    longer += chosen > rejected ? 1 : 0;
    shorter += chosen < rejected ? 1 : 0;
    equal += chosen == rejected ? 1 : 0;
    double a = Math.log(chosen);
    double b = Math.log(rejected);
    logRatio += a - b;
    sum += a + b;
    squares += a * a + b * b;
  }

  public long pairs() {
    return longer + shorter + equal;
  }

  /** The pairs that one would judge right by their lengths alone. */
  public long guessed() {
    return Math.max(longer, shorter);
  }

  /** The share of pairs of different lengths whose chosen answer is the longer one. */
  double share() {
    return longer + shorter == 0 ? 0.5 : (double) longer / (longer + shorter);
  }

  /** The geometric mean of the chosen length over the rejected one. */
  double ratio() {
    return pairs() == 0 ? 1 : Math.exp(logRatio / pairs());
  }

  /** The correlation of log length and verdict over all answers. */
  double correlation() {
    double answers = 2.0 * pairs();
    if (answers == 0) {
      return 0;
    }
    double variance = squares / answers - Math.pow(sum / answers, 2);
    // The verdict has the variance 1/4; its covariance with log length is a quarter of the mean
    // difference of the two groups.
    return variance <= 0 ? 0 : logRatio / pairs() / 4 / (0.5 * Math.sqrt(variance));
  }

  /** The lower and the upper end of the interval of the share; all is possible of no pairs. */
  double[] interval() {
    Proportion share = new Proportion(longer, longer + shorter);
    return longer + shorter == 0 ? new double[] {0, 1} : new double[] {share.low(), share.high()};
  }

  /** Returns whether length alone would tell many chosen answers, beyond chance. */
  public boolean isBiased() {
    double[] interval = interval();
    return longer + shorter >= MIN_PAIRS
        && (interval[0] > 0.5 || interval[1] < 0.5)
        && Math.abs(share() - 0.5) >= TOLERANCE;
  }

  public String describe(String unit) {
    double[] interval = interval();
    return String.format(
        Locale.ROOT,
        "the chosen answer is longer in %.1f %% of %d pairs (95 %% interval %.1f to %.1f %%), by a"
            + " factor of %.2f on average; correlation of log length (%s) and verdict %.2f",
        100 * share(),
        longer + shorter,
        100 * interval[0],
        100 * interval[1],
        ratio(),
        unit,
        correlation());
  }

  public Map<String, Object> toMap(String unit) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("unit", unit);
    map.put("chosen_longer", longer);
    map.put("rejected_longer", shorter);
    map.put("equal", equal);
    map.put("share_chosen_longer", share());
    map.put("interval_95", interval());
    map.put("mean_ratio", ratio());
    map.put("correlation", correlation());
    return map;
  }
}
