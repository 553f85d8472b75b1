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
 * The EXO loss: the reverse KL divergence from the smoothed label to the policy's preference.
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, greater than 0, such as 1e-3
 * @param divergence divergence between policy and reference
 */
public record ExoPairLoss(double beta, double labelSmoothing, FDivergence divergence)
    implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "exo_pair",
          "σ(β Δ) [log σ(β Δ) - log(1-ε)] + σ(-β Δ) [log σ(-β Δ) - log ε]",
          "Ji et al. 2024, \"Towards Efficient Exact Optimization of Language Model "
              + "Alignment\", arXiv 2402.00856, equation 16.",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF,
          LossOption.MARGIN,
          LossOption.LABEL_SMOOTHING);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber z = divergence.delta(pair).times(beta).minus(pair.margin());
    DualNumber chosen = z.sigmoid().times(z.logSigmoid().minus(Math.log1p(-labelSmoothing)));
    DualNumber rejected =
        z.negate().sigmoid().times(z.negate().logSigmoid().minus(Math.log(labelSmoothing)));
    return chosen.plus(rejected);
  }
}
