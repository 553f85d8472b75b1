/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.loss.group.Advantages;
import dev.dpo4j.loss.group.GrpoLoss;
import dev.dpo4j.loss.group.PolicyLoss;
import dev.dpo4j.train.rollout.RewardTable;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * GRPO: rewards are compared within the group and divided by their deviation (arXiv 2402.03300).
 *
 * @param group how ratios are clipped, and the weight of the KL divergence
 * @param options what the loss is divided by, and which ratios there are
 * @param maxCompletionLength most tokens of an answer
 */
public record GrpoObjective(GroupOptions group, GrpoOptions options, int maxCompletionLength)
    implements GroupObjective {

  @Override
  public String name() {
    return "grpo";
  }

  @Override
  public PolicyLoss loss() {
    return new GrpoLoss(
        group.epsilon(),
        group.high(),
        options.delta(),
        group.beta(),
        options.useBiasCorrectionKl(),
        options.isOfSequences());
  }

  @Override
  public Advantages advantages(RewardTable rewards, double @Nullable [] kl, int groupSize) {
    return options.decoupled()
        ? Advantages.decoupled(rewards.values(), rewards.weights(), groupSize)
        : Advantages.normalized(rewards.totals(), groupSize, options.scale());
  }

  @Override
  public double weight(Amounts amounts, int answerTokens) {
    return switch (options.lossType()) {
      case GRPO -> 1.0 / Math.max(1, answerTokens) / amounts.answers() / amounts.microBatches();
      case BNPO -> 1.0 / Math.max(1, amounts.tokens()) / amounts.microBatches();
      case DR_GRPO ->
          1.0 / ((double) amounts.answers() * maxCompletionLength) / amounts.microBatches();
      case DAPO ->
          (double) amounts.slices() / Math.max(1, amounts.ofRollout()) / amounts.microBatches();
    };
  }

  @Override
  public boolean penalizesRewards() {
    return false;
  }

  @Override
  public boolean hasKlInLoss() {
    return group.beta() != 0;
  }

  @Override
  public Map<String, Object> facts() {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("loss_type", options.lossType().name().toLowerCase(Locale.ROOT));
    facts.put("num_generations", group.numGenerations());
    facts.put("beta", group.beta());
    return facts;
  }
}
