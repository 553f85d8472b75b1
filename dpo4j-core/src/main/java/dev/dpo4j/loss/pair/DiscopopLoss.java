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
 * The DiscoPOP loss, found by a language model: a blend of the logistic and the exponential loss.
 *
 * <p>Loss of a pair: (1-m) (-log σ(z)) + m exp(-z) with z = β Δ and m = σ(z/τ).
 *
 * <p>Gradient: no closed form worth reading; around z = 0 the blend turns within τ, so the loss has
 * a near-step there and is not convex.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: (log 2 + 1)/2 = 0.847.
 *
 * <p>Use it for research; it did well on the benchmarks of its paper.
 *
 * <p>Avoid it where runs must be repeatable to many digits: the near-step at zero magnifies
 * rounding.
 *
 * <p>Lu et al. 2024, "Discovering Preference Optimization Algorithms with and for Large Language
 * Models", arXiv 2406.08414, equation 5.
 *
 * @param beta strength of the tie to the reference
 * @param tau width of the blend, 0.05 in the paper
 * @param divergence divergence between policy and reference
 */
public record DiscopopLoss(double beta, double tau, FDivergence divergence) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "discopop",
          "The DiscoPOP loss, found by a language model: a blend of the logistic and "
              + "the exponential loss.",
          "(1-m) (-log σ(z)) + m exp(-z) with z = β Δ and m = σ(z/τ)",
          "no closed form worth reading; around z = 0 the blend turns within τ, so "
              + "the loss has a near-step there and is not convex.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "(log 2 + 1)/2 = 0.847.",
          "Lu et al. 2024, \"Discovering Preference Optimization Algorithms with and "
              + "for Large Language Models\", arXiv 2406.08414, equation 5.",
          "for research; it did well on the benchmarks of its paper.",
          "where runs must be repeatable to many digits: the near-step at zero "
              + "magnifies rounding.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.F_DIVERGENCE_TYPE,
              LossOption.F_ALPHA_DIVERGENCE_COEF,
              LossOption.MARGIN,
              LossOption.DISCOPOP_TAU),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber z = divergence.delta(pair).times(beta).minus(pair.margin());
    DualNumber blend = z.times(1 / tau).sigmoid();
    DualNumber logistic = z.logSigmoid().negate();
    return logistic.times(blend.negate().plus(1)).plus(z.negate().exp().times(blend));
  }
}
