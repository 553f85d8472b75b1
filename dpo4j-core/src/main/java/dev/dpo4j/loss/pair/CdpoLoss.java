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
 * Conservative DPO: the DPO loss with smoothed labels.
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, the chance that a label is wrong
 * @param divergence divergence between policy and reference
 */
public record CdpoLoss(double beta, double labelSmoothing, FDivergence divergence)
    implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "cdpo",
          "-(1-ε) log σ(β Δ) - ε log σ(-β Δ)",
          "Mitchell 2023, \"A note on DPO with noisy preferences and relationship to IPO\".",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF,
          LossOption.MARGIN,
          LossOption.LABEL_SMOOTHING);

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
