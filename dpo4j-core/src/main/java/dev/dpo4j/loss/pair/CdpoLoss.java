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
 * Conservative DPO: the DPO loss with smoothed labels.
 *
 * <p>Loss of a pair: -(1-ε) log σ(β Δ) - ε log σ(-β Δ).
 *
 * <p>Gradient: by Δ it is -β [σ(-β Δ) - ε]: it vanishes where the model is as sure as the label, at
 * β Δ = log((1-ε)/ε).
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: log 2 = 0.693.
 *
 * <p>Use it where some labels may be wrong: margins stay bounded.
 *
 * <p>Avoid it where labels are certain: it holds a margin back.
 *
 * <p>Mitchell 2023, "A note on DPO with noisy preferences and relationship to IPO".
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, the chance that a label is wrong
 * @param divergence divergence between policy and reference
 */
public record CdpoLoss(double beta, double labelSmoothing, FDivergence divergence)
    implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "cdpo",
          "Conservative DPO: the DPO loss with smoothed labels.",
          "-(1-ε) log σ(β Δ) - ε log σ(-β Δ)",
          "by Δ it is -β [σ(-β Δ) - ε]: it vanishes where the model is as sure as the"
              + " label, at β Δ = log((1-ε)/ε).",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "log 2 = 0.693.",
          "Mitchell 2023, \"A note on DPO with noisy preferences and relationship to " + "IPO\".",
          "where some labels may be wrong: margins stay bounded.",
          "where labels are certain: it holds a margin back.",
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

  /** -(1-ε) log σ(z) - ε log σ(-z), the logistic loss of a label that holds with chance 1-ε. */
  public static DualNumber smoothed(DualNumber z, double labelSmoothing) {
    DualNumber clean = z.logSigmoid().times(-(1 - labelSmoothing));
    return clean.minus(z.negate().logSigmoid().times(labelSmoothing));
  }

  @Override
  public DualNumber loss(Pair pair) {
    return smoothed(divergence.delta(pair).times(beta).minus(pair.margin()), labelSmoothing);
  }
}
