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
 * DPO-Positive: the DPO loss with a penalty where the chosen answer loses probability.
 *
 * <p>Loss of a pair: -log σ(β (Lc - Lr - λ max(0, -Lc))).
 *
 * <p>Gradient: by the bracket h it is -β σ(-β h); where Lc &lt; 0 the chosen answer pulls 1 + λ
 * times as hard.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: log 2 = 0.693.
 *
 * <p>Use it where chosen and rejected answers differ little and plain DPO lowers both.
 *
 * <p>Avoid it with the learning rate of sigmoid at λ = 50: the penalty multiplies the gradient.
 *
 * <p>Pal et al. 2024, "Smaug: Fixing Failure Modes of Preference Optimisation with DPO-Positive",
 * arXiv 2402.13228.
 *
 * @param beta strength of the tie to the reference
 * @param lambda weight of the penalty, 50 in the paper
 */
public record DpopLoss(double beta, double lambda) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "dpop",
          "DPO-Positive: the DPO loss with a penalty where the chosen answer loses "
              + "probability.",
          "-log σ(β (Lc - Lr - λ max(0, -Lc)))",
          "by the bracket h it is -β σ(-β h); where Lc < 0 the chosen answer pulls 1 "
              + "+ λ times as hard.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "log 2 = 0.693.",
          "Pal et al. 2024, \"Smaug: Fixing Failure Modes of Preference Optimisation "
              + "with DPO-Positive\", arXiv 2402.13228.",
          "where chosen and rejected answers differ little and plain DPO lowers both.",
          "with the learning rate of sigmoid at λ = 50: the penalty multiplies the " + "gradient.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.MARGIN,
              LossOption.DPOP_LAMBDA),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio();
    DualNumber penalty = chosen.negate().relu().times(lambda);
    DualNumber delta = chosen.minus(pair.rejectedLogRatio()).minus(penalty);
    return delta.times(beta).minus(pair.margin()).logSigmoid().negate();
  }
}
