/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * Binary classification of chosen against rejected answers by their rewards.
 *
 * @param beta strength of the tie to the reference
 */
public record BcoPairLoss(double beta) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "bco_pair",
          "-log σ(β Lc) - log σ(-β Lr)",
          "Jung et al. 2024, \"Binary Classifier Optimization for Large Language Model "
              + "Alignment\", arXiv 2404.04656, without the running reward shift δ.",
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio().times(beta).logSigmoid();
    DualNumber rejected = pair.rejectedLogRatio().times(-beta).logSigmoid();
    return chosen.plus(rejected).negate();
  }
}
