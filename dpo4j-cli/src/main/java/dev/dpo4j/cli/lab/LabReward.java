/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.train.rollout.RewardFunction;
import dev.dpo4j.train.rollout.WeightedReward;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** The reward that the lab knows to be true: many different long words, none of them twice. */
final class LabReward {
  private static final int LETTERS = 5;
  private static final int MOST = 8;

  private LabReward() {}

  /** The reward as the judge of a run. */
  static WeightedReward source() {
    RewardFunction function = (prompt, answer, row) -> of(answer);
    return new WeightedReward("true_reward", 1, function.source("true_reward"));
  }

  /**
   * A point for each different word of five letters or more, eight at most; less a point for each
   * word that was said before.
   */
  static double of(String answer) {
    Set<String> seen = new HashSet<>();
    int different = 0;
    int repeated = 0;
    for (String word : answer.toLowerCase(Locale.ROOT).split("[^\\p{L}]+", -1)) {
      if (word.isEmpty()) {
        continue;
      }
      boolean fresh = seen.add(word);
      repeated += fresh ? 0 : 1;
      different += fresh && word.length() >= LETTERS ? 1 : 0;
    }
    return Math.min(MOST, different) - repeated;
  }
}
