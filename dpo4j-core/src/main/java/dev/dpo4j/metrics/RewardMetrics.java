/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import java.util.LinkedHashMap;
import java.util.Map;

/** What TRL's RewardTrainer logs of the rewards of a batch of pairs. */
public final class RewardMetrics {
  private double min = Double.POSITIVE_INFINITY;
  private double max = Double.NEGATIVE_INFINITY;
  private double sum;
  private double marginSum;
  private double right;
  private long pairs;

  /** Takes a pair. */
  public void add(double chosen, double rejected) {
    min = Math.min(min, Math.min(chosen, rejected));
    max = Math.max(max, Math.max(chosen, rejected));
    sum += chosen + rejected;
    marginSum += chosen - rejected;
    right += chosen > rejected ? 1 : 0;
    pairs++;
  }

  /** The metrics of all pairs so far; a tie is no success. */
  public Map<String, Double> values() {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("min_reward", min);
    values.put("mean_reward", sum / (2 * pairs));
    values.put("max_reward", max);
    values.put("accuracy", right / pairs);
    values.put("margin", marginSum / pairs);
    return values;
  }
}
