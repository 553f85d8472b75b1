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
 * The DPO loss: the logistic loss of the margin between two implicit rewards.
 *
 * @param beta strength of the tie to the reference
 * @param divergence divergence between policy and reference
 */
public record SigmoidLoss(double beta, FDivergence divergence) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "sigmoid",
          "-log σ(β Δ) with Δ = s(Lc) - s(Lr)",
          "Rafailov et al. 2023, \"Direct Preference Optimization: Your Language Model is "
              + "Secretly a Reward Model\", arXiv 2305.18290, equation 7; other divergences: "
              + "Wang et al. 2023, arXiv 2309.16240.",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF,
          LossOption.MARGIN);

  /** The loss with the reverse KL divergence, the standard one. */
  public SigmoidLoss(double beta) {
    this(beta, FDivergence.REVERSE_KL);
  }

  @Override
  public DualNumber loss(Pair pair) {
    return divergence.delta(pair).times(beta).minus(pair.margin()).logSigmoid().negate();
  }
}
