/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The IPO loss on sums: a squared distance of the margin to a fixed target.
 *
 * @param beta strength of the tie to the reference
 */
public record IpoSumLoss(double beta) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "ipo_sum",
          "(Lc - Lr - 1/(2β))²",
          "Azar et al. 2023, \"A General Theoretical Paradigm to Understand Learning from "
              + "Human Preferences\", arXiv 2310.12036, equation 17, as it stands.",
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    return pair.chosenLogRatio().minus(pair.rejectedLogRatio()).minus(1 / (2 * beta)).square();
  }
}
