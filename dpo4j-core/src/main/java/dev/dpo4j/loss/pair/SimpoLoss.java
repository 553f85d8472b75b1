/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The SimPO loss: average log-probabilities against a target margin, without a reference.
 *
 * @param beta scale of the average log-probability
 * @param gamma target margin of the rewards
 * @param labelSmoothing ε, the chance that a label is wrong
 */
public record SimpoLoss(double beta, double gamma, double labelSmoothing) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.of(
          "simpo",
          "-log σ(β (lc/|yc| - lr/|yr|) - γ)",
          "Meng et al. 2024, \"SimPO: Simple Preference Optimization with a Reference-Free"
              + " Reward\", arXiv 2405.14734, equation 6; smoothed labels as in cdpo.",
          ImplicitReward.AVERAGE_LOG_PROB,
          LossOption.BETA,
          LossOption.USE_WEIGHTING,
          LossOption.WEIGHT,
          LossOption.P_CHOSEN,
          LossOption.MARGIN,
          LossOption.SIMPO_GAMMA,
          LossOption.LABEL_SMOOTHING);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber margin = pair.chosenAverage().minus(pair.rejectedAverage()).times(beta);
    return CdpoLoss.smoothed(margin.minus(gamma).minus(pair.margin()), labelSmoothing);
  }
}
