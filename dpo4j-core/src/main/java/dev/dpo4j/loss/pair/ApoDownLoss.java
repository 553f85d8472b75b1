/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The APO-down loss: lowers both answers, the rejected one more.
 *
 * @param beta strength of the tie to the reference
 */
public record ApoDownLoss(double beta) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "apo_down",
          "σ(β Lc) + 1 - σ(β (Lc - Lr))",
          "D'Oosterlinck et al. 2024, \"Anchored Preference Optimization and Contrastive "
              + "Revisions\", arXiv 2408.06266, equation 8.",
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio().times(beta).sigmoid();
    DualNumber delta = pair.chosenLogRatio().minus(pair.rejectedLogRatio());
    return chosen.plus(1).minus(delta.times(beta).sigmoid());
  }
}
