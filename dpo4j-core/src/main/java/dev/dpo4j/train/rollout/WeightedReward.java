/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

/**
 * One of the rewards that make up an answer's reward.
 *
 * @param name what it is called in metrics, {@code rewards/NAME/mean}
 * @param weight what it is multiplied by
 * @param source says how good answers are
 */
public record WeightedReward(String name, double weight, RewardSource source) {
  public WeightedReward {
    if (name.isBlank()) {
      throw new IllegalArgumentException("a reward needs a name: it stands in the metrics");
    }
    if (!Double.isFinite(weight)) {
      throw new IllegalArgumentException(
          "the weight of the reward %s must be a finite number but was %s".formatted(name, weight));
    }
  }

  /** The same with another weight. */
  public WeightedReward withWeight(double other) {
    return new WeightedReward(name, other, source);
  }
}
