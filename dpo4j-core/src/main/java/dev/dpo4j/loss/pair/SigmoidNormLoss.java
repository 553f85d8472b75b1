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
 * The DPO loss of log-ratios per token.
 *
 * @param beta strength of the tie to the reference
 * @param divergence divergence between policy and reference
 */
public record SigmoidNormLoss(double beta, FDivergence divergence) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "sigmoid_norm",
          "-log σ(β (s(Lc)/|yc| - s(Lr)/|yr|))",
          "The length-normalized DPO loss of Lambert et al. 2024, \"Tulu 3: Pushing "
              + "Frontiers in Open Language Model Post-Training\", arXiv 2411.15124.",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF,
          LossOption.MARGIN);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.perChosenToken(divergence.score(pair.chosenLogRatio()));
    DualNumber rejected = pair.perRejectedToken(divergence.score(pair.rejectedLogRatio()));
    return chosen.minus(rejected).times(beta).minus(pair.margin()).logSigmoid().negate();
  }
}
