/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The SPPO loss with certain preferences: each log-ratio is drawn to a fixed target.
 *
 * @param beta strength of the tie to the reference
 */
public record SppoHardLoss(double beta) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "sppo_hard",
          "(Lc - 1/(2β))² + (Lr + 1/(2β))²",
          "Wu et al. 2024, \"Self-Play Preference Optimization for Language Model "
              + "Alignment\", arXiv 2405.00675, equation 4.7 with preference 1 and 0.",
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    double target = 1 / (2 * beta);
    DualNumber chosen = pair.chosenLogRatio().minus(target).square();
    return chosen.plus(pair.rejectedLogRatio().plus(target).square());
  }
}
