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
 * The DPO loss made unbiased under a known rate of flipped labels.
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, the rate of flipped labels, below 0.5
 * @param divergence divergence between policy and reference
 */
public record RobustLoss(double beta, double labelSmoothing, FDivergence divergence)
    implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "robust",
          "[-(1-ε) log σ(β Δ) + ε log σ(-β Δ)] / (1-2ε)",
          "Chowdhury et al. 2024, \"Provably Robust DPO: Aligning Language Models with "
              + "Noisy Feedback\", arXiv 2403.00409.",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF,
          LossOption.MARGIN,
          LossOption.LABEL_SMOOTHING);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber z = divergence.delta(pair).times(beta).minus(pair.margin());
    DualNumber clean = z.logSigmoid().times(-(1 - labelSmoothing));
    DualNumber flipped = z.negate().logSigmoid().times(-labelSmoothing);
    return clean.minus(flipped).times(1 / (1 - 2 * labelSmoothing));
  }
}
