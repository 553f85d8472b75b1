/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import java.util.List;

/**
 * The rewards of the answers of a rollout.
 *
 * <p>The arrays are not copied; nobody may change them.
 *
 * @param names the rewards that were asked
 * @param weights what each is multiplied by
 * @param values for each of the names, a number for each answer; NaN where it had no opinion
 */
public record RewardTable(List<String> names, List<Double> weights, List<double[]> values) {
  public RewardTable {
    names = List.copyOf(names);
    weights = List.copyOf(weights);
    values = List.copyOf(values);
  }

  /** Number of answers. */
  public int size() {
    return values.isEmpty() ? 0 : values.get(0).length;
  }

  /** The weighted sum of the rewards of each answer; NaN for one on which none had an opinion. */
  public double[] totals() {
    double[] totals = new double[size()];
    for (int i = 0; i < totals.length; i++) {
      double sum = 0;
      boolean known = false;
      for (int k = 0; k < values.size(); k++) {
        double value = values.get(k)[i];
        if (!Double.isNaN(value)) {
          sum += weights.get(k) * value;
          known = true;
        }
      }
      totals[i] = known ? sum : Double.NaN;
    }
    return totals;
  }
}
