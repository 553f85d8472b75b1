/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import org.jspecify.annotations.Nullable;

/**
 * The loss of a reward model: the negative log-likelihood of the preferences under Bradley and
 * Terry's model, {@code -log sigmoid(r_chosen - r_rejected - margin)}.
 *
 * <p>The margin asks for more distance where a pair is clear ("Llama 2", arXiv 2307.09288, equation
 * 2). The likelihood sees differences alone, so that all rewards could drift together; {@code
 * coefficient * (r_chosen + r_rejected)^2} holds their mean near zero (arXiv 2312.09244, equation
 * 2).
 *
 * @param centerCoefficient weight of that term, or null for none
 */
public record RewardLoss(@Nullable Double centerCoefficient) {

  /**
   * The loss of one pair and its derivatives by both rewards.
   *
   * @param chosen the reward of the chosen answer
   * @param rejected the reward of the rejected answer
   * @param margin by how much the chosen one is asked to lead
   */
  public DualNumber loss(double chosen, double rejected, double margin) {
    DualNumber better = DualNumber.chosen(chosen);
    DualNumber worse = DualNumber.rejected(rejected);
    DualNumber likelihood = better.minus(worse).minus(margin).logSigmoid().negate();
    return centerCoefficient == null
        ? likelihood
        : likelihood.plus(better.plus(worse).square().times(centerCoefficient));
  }
}
