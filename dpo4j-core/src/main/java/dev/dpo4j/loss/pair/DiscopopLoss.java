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
 * The DiscoPOP loss, found by a language model: a blend of the logistic and the exponential loss.
 *
 * @param beta strength of the tie to the reference
 * @param tau width of the blend, 0.05 in the paper
 * @param divergence divergence between policy and reference
 */
public record DiscopopLoss(double beta, double tau, FDivergence divergence) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "discopop",
          "(1-m) (-log σ(z)) + m exp(-z) with z = β Δ and m = σ(z/τ)",
          "Lu et al. 2024, \"Discovering Preference Optimization Algorithms with and for "
              + "Large Language Models\", arXiv 2406.08414, equation 5.",
          ImplicitReward.LOG_RATIO,
          LossOption.F_DIVERGENCE_TYPE,
          LossOption.F_ALPHA_DIVERGENCE_COEF,
          LossOption.MARGIN,
          LossOption.DISCOPOP_TAU);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber z = divergence.delta(pair).times(beta).minus(pair.margin());
    DualNumber blend = z.times(1 / tau).sigmoid();
    DualNumber logistic = z.logSigmoid().negate();
    return logistic.times(blend.negate().plus(1)).plus(z.negate().exp().times(blend));
  }
}
