/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.FDivergence;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;
import java.util.EnumSet;

/**
 * The hinge loss of the implicit reward margin, as in SLiC.
 *
 * <p>Loss of a pair: max(0, 1 - β Δ).
 *
 * <p>Gradient: by Δ it is -β until β Δ reaches 1, then 0: a pair that is ranked well enough is left
 * alone.
 *
 * <p>Beta: sets the margin to reach: Δ = 1/β nats.
 *
 * <p>At the first step: 1, since Δ = 0.
 *
 * <p>Use it where the margin should stop growing once it is large enough.
 *
 * <p>Avoid it where the size of a margin matters: all pairs below the hinge pull alike.
 *
 * <p>Zhao et al. 2023, "SLiC-HF: Sequence Likelihood Calibration with Human Feedback", arXiv
 * 2305.10425; with a reference in Liu et al. 2023, "Statistical Rejection Sampling Improves
 * Preference Optimization", arXiv 2309.06657.
 *
 * @param beta strength of the tie to the reference
 * @param divergence divergence between policy and reference
 */
public record HingeLoss(double beta, FDivergence divergence) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "hinge",
          "The hinge loss of the implicit reward margin, as in SLiC.",
          "max(0, 1 - β Δ)",
          "by Δ it is -β until β Δ reaches 1, then 0: a pair that is ranked well "
              + "enough is left alone.",
          "sets the margin to reach: Δ = 1/β nats.",
          "1, since Δ = 0.",
          "Zhao et al. 2023, \"SLiC-HF: Sequence Likelihood Calibration with Human "
              + "Feedback\", arXiv 2305.10425; with a reference in Liu et al. 2023, "
              + "\"Statistical Rejection Sampling Improves Preference Optimization\", arXiv "
              + "2309.06657.",
          "where the margin should stop growing once it is large enough.",
          "where the size of a margin matters: all pairs below the hinge pull alike.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.F_DIVERGENCE_TYPE,
              LossOption.F_ALPHA_DIVERGENCE_COEF,
              LossOption.MARGIN),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    return divergence.delta(pair).times(beta).minus(pair.margin()).negate().plus(1).relu();
  }
}
