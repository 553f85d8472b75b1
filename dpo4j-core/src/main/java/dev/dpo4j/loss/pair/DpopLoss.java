/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * DPO-Positive: the DPO loss with a penalty where the chosen answer loses probability.
 *
 * @param beta strength of the tie to the reference
 * @param lambda weight of the penalty, 50 in the paper
 */
public record DpopLoss(double beta, double lambda) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "dpop",
          "-log σ(β (Lc - Lr - λ max(0, -Lc)))",
          "Pal et al. 2024, \"Smaug: Fixing Failure Modes of Preference Optimisation with "
              + "DPO-Positive\", arXiv 2402.13228.",
          ImplicitReward.LOG_RATIO,
          LossOption.MARGIN,
          LossOption.DPOP_LAMBDA);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio();
    DualNumber penalty = chosen.negate().relu().times(lambda);
    DualNumber delta = chosen.minus(pair.rejectedLogRatio()).minus(penalty);
    return delta.times(beta).minus(pair.margin()).logSigmoid().negate();
  }
}
