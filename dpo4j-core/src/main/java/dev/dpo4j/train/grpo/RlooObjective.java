/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.loss.group.Advantages;
import dev.dpo4j.loss.group.PolicyLoss;
import dev.dpo4j.loss.group.RlooLoss;
import dev.dpo4j.train.rollout.RewardTable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * RLOO: each reward is compared with the mean of the others of its group, and the KL divergence is
 * taken off the reward (arXiv 2402.14740).
 *
 * @param group how ratios are clipped, and the weight of the KL divergence
 * @param options what becomes of the rewards
 */
public record RlooObjective(GroupOptions group, RlooOptions options) implements GroupObjective {

  @Override
  public String name() {
    return "rloo";
  }

  @Override
  public PolicyLoss loss() {
    return new RlooLoss(group.epsilon(), group.high());
  }

  @Override
  public Advantages advantages(RewardTable rewards, double @Nullable [] kl, int groupSize) {
    double[] totals = rewards.totals();
    for (int i = 0; i < totals.length; i++) {
      totals[i] = options.clip(totals[i]) - (kl == null ? 0 : group.beta() * kl[i]);
    }
    return Advantages.leaveOneOut(totals, groupSize, options.normalizeAdvantages());
  }

  @Override
  public double weight(Amounts amounts, int answerTokens) {
    return 1.0 / amounts.answers() / amounts.microBatches();
  }

  @Override
  public boolean penalizesRewards() {
    return group.beta() != 0;
  }

  @Override
  public boolean hasKlInLoss() {
    return false;
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("num_generations", group.numGenerations());
    facts.put("beta", group.beta());
    return facts;
  }
}
