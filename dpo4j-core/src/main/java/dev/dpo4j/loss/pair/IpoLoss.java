/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.FDivergence;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The IPO loss: a squared distance of the per-token margin to a fixed target.
 *
 * @param beta strength of the tie to the reference
 * @param divergence divergence between policy and reference
 */
public record IpoLoss(double beta, FDivergence divergence) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "ipo",
          "(s(Lc)/|yc| - s(Lr)/|yr| - 1/(2β))²",
          "Azar et al. 2023, \"A General Theoretical Paradigm to Understand Learning from "
              + "Human Preferences\", arXiv 2310.12036, equation 17, with the sums divided by "
              + "the length of the answer.",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.perChosenToken(divergence.score(pair.chosenLogRatio()));
    DualNumber rejected = pair.perRejectedToken(divergence.score(pair.rejectedLogRatio()));
    return chosen.minus(rejected).minus(1 / (2 * beta)).square();
  }
}
