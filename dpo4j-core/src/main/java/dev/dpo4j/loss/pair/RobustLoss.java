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
 * The DPO loss made unbiased under a known rate of flipped labels.
 *
 * <p>Loss of a pair: [-(1-ε) log σ(β Δ) + ε log σ(-β Δ)] / (1-2ε).
 *
 * <p>Gradient: by Δ it is -β [σ(-β Δ) + ε/(1-2ε)]: the correction pulls even where a pair is ranked
 * well.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: log 2 = 0.693.
 *
 * <p>Use it where the rate of wrong labels is known, as from annotators who judged a pair twice.
 *
 * <p>Avoid it where the rate is guessed: too large an ε pushes margins without bound (see cdpo).
 *
 * <p>Chowdhury et al. 2024, "Provably Robust DPO: Aligning Language Models with Noisy Feedback",
 * arXiv 2403.00409.
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, the rate of flipped labels, below 0.5
 * @param divergence divergence between policy and reference
 */
public record RobustLoss(double beta, double labelSmoothing, FDivergence divergence)
    implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "robust",
          "The DPO loss made unbiased under a known rate of flipped labels.",
          "[-(1-ε) log σ(β Δ) + ε log σ(-β Δ)] / (1-2ε)",
          "by Δ it is -β [σ(-β Δ) + ε/(1-2ε)]: the correction pulls even where a pair"
              + " is ranked well.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "log 2 = 0.693.",
          "Chowdhury et al. 2024, \"Provably Robust DPO: Aligning Language Models with"
              + " Noisy Feedback\", arXiv 2403.00409.",
          "where the rate of wrong labels is known, as from annotators who judged a "
              + "pair twice.",
          "where the rate is guessed: too large an ε pushes margins without bound " + "(see cdpo).",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.F_DIVERGENCE_TYPE,
              LossOption.F_ALPHA_DIVERGENCE_COEF,
              LossOption.MARGIN,
              LossOption.LABEL_SMOOTHING),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber z = divergence.delta(pair).times(beta).minus(pair.margin());
    DualNumber clean = z.logSigmoid().times(-(1 - labelSmoothing));
    DualNumber flipped = z.negate().logSigmoid().times(-labelSmoothing);
    return clean.minus(flipped).times(1 / (1 - 2 * labelSmoothing));
  }
}
