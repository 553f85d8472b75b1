/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;
import java.util.EnumSet;

/**
 * The SimPO loss: average log-probabilities against a target margin, without a reference.
 *
 * <p>Loss of a pair: -log σ(β (lc/|yc| - lr/|yr|) - γ).
 *
 * <p>Gradient: by the margin h of the averages it is -β σ(γ - β h): pairs below the target pull
 * hardest.
 *
 * <p>Beta: scale of the average log-probability; 2.0 to 2.5 in the paper, not the 0.1 of DPO.
 *
 * <p>At the first step: depends on the model, since there is no reference.
 *
 * <p>Use it where memory allows no reference model and lengths are uneven.
 *
 * <p>Avoid it where the model must stay close to where it began: nothing holds it there.
 *
 * <p>Meng et al. 2024, "SimPO: Simple Preference Optimization with a Reference-Free Reward", arXiv
 * 2405.14734, equation 6; smoothed labels as in cdpo.
 *
 * @param beta scale of the average log-probability
 * @param gamma target margin of the rewards
 * @param labelSmoothing ε, the chance that a label is wrong
 */
public record SimpoLoss(double beta, double gamma, double labelSmoothing) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "simpo",
          "The SimPO loss: average log-probabilities against a target margin, without"
              + " a reference.",
          "-log σ(β (lc/|yc| - lr/|yr|) - γ)",
          "by the margin h of the averages it is -β σ(γ - β h): pairs below the "
              + "target pull hardest.",
          "scale of the average log-probability; 2.0 to 2.5 in the paper, not the 0.1" + " of DPO.",
          "depends on the model, since there is no reference.",
          "Meng et al. 2024, \"SimPO: Simple Preference Optimization with a "
              + "Reference-Free Reward\", arXiv 2405.14734, equation 6; smoothed labels as "
              + "in cdpo.",
          "where memory allows no reference model and lengths are uneven.",
          "where the model must stay close to where it began: nothing holds it there.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.MARGIN,
              LossOption.SIMPO_GAMMA,
              LossOption.LABEL_SMOOTHING),
          ImplicitReward.AVERAGE_LOG_PROB);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber margin = pair.chosenAverage().minus(pair.rejectedAverage()).times(beta);
    return CdpoLoss.smoothed(margin.minus(gamma).minus(pair.margin()), labelSmoothing);
  }
}
