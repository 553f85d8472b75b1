/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The pairwise NCA loss: rewards as noise-contrastive classification.
 *
 * @param beta strength of the tie to the reference
 */
public record NcaPairLoss(double beta) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "nca_pair",
          "-log σ(β Lc) - [log σ(-β Lc) + log σ(-β Lr)]/2",
          "Chen et al. 2024, \"Noise Contrastive Alignment of Language Models with "
              + "Explicit Rewards\", arXiv 2402.05369.",
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio().times(beta);
    DualNumber rejected = pair.rejectedLogRatio().times(beta);
    DualNumber noise = chosen.negate().logSigmoid().plus(rejected.negate().logSigmoid()).times(0.5);
    return chosen.logSigmoid().plus(noise).negate();
  }
}
