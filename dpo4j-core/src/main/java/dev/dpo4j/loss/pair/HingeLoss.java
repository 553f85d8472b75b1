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
 * The hinge loss of the implicit reward margin, as in SLiC.
 *
 * @param beta strength of the tie to the reference
 * @param divergence divergence between policy and reference
 */
public record HingeLoss(double beta, FDivergence divergence) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "hinge",
          "max(0, 1 - β Δ)",
          "Zhao et al. 2023, \"SLiC-HF: Sequence Likelihood Calibration with Human "
              + "Feedback\", arXiv 2305.10425; with a reference in Liu et al. 2023, \"Statistical"
              + " Rejection Sampling Improves Preference Optimization\", arXiv 2309.06657.",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF,
          LossOption.MARGIN);

  @Override
  public DualNumber loss(Pair pair) {
    return divergence.delta(pair).times(beta).minus(pair.margin()).negate().plus(1).relu();
  }
}
