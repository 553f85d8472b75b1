/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The APO-zero loss: raises chosen and lowers rejected answers, each by itself.
 *
 * @param beta strength of the tie to the reference
 */
public record ApoZeroLoss(double beta) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "apo_zero",
          "1 - σ(β Lc) + σ(β Lr)",
          "D'Oosterlinck et al. 2024, \"Anchored Preference Optimization and Contrastive "
              + "Revisions\", arXiv 2408.06266, equation 7.",
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio().times(beta).sigmoid();
    return pair.rejectedLogRatio().times(beta).sigmoid().minus(chosen).plus(1);
  }
}
