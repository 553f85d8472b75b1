/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.loss.group.Advantages;
import dev.dpo4j.loss.group.PolicyLoss;
import dev.dpo4j.train.rollout.RewardTable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the rewards of groups of answers become a loss: GRPO or RLOO. */
public interface GroupObjective {
  /**
   * How much there is in a micro-batch and around it. Only tokens that are learnt count.
   *
   * @param answers answers of the micro-batch
   * @param tokens tokens of the micro-batch
   * @param microBatches micro-batches of the optimizer step
   * @param ofRollout tokens of the whole rollout
   * @param slices micro-batches that the rollout is cut into
   */
  record Amounts(int answers, long tokens, int microBatches, long ofRollout, int slices) {}

  /** The name of the method, such as {@code grpo}. */
  String name();

  /** The loss of an answer. */
  PolicyLoss loss();

  /**
   * By how much each answer is better than the others of its group.
   *
   * @param rewards what the answers are worth, group after group
   * @param kl the log-ratio of the policy to the reference over each answer, where {@link
   *     #penalizesRewards} asks for it
   * @param group answers of a group
   */
  Advantages advantages(RewardTable rewards, double @Nullable [] kl, int group);

  /** What the loss of an answer counts within the loss of its optimizer step. */
  double weight(Amounts amounts, int answerTokens);

  /** Whether the KL divergence is taken off the rewards, and is no part of the loss. */
  boolean penalizesRewards();

  /** Whether the KL divergence is a part of the loss. */
  boolean hasKlInLoss();

  /** What a model card says. */
  Map<String, Object> facts();
}
