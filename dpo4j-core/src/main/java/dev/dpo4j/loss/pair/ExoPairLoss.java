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
 * The EXO loss: the reverse KL divergence from the smoothed label to the policy's preference.
 *
 * <p>Loss of a pair: σ(β Δ) [log σ(β Δ) - log(1-ε)] + σ(-β Δ) [log σ(-β Δ) - log ε].
 *
 * <p>Gradient: by Δ it is β σ(βΔ) σ(-βΔ) [β Δ - log((1-ε)/ε)]: it pulls to the smoothed label,
 * weakly where the model is sure.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: -log 2 - [log(1-ε) + log ε]/2, which is 2.76 for ε = 0.001.
 *
 * <p>Use it where the policy should pick one good mode rather than cover all.
 *
 * <p>Avoid it without label_smoothing: log 0 has no value.
 *
 * <p>Ji et al. 2024, "Towards Efficient Exact Optimization of Language Model Alignment", arXiv
 * 2402.00856, equation 16.
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, greater than 0, such as 1e-3
 * @param divergence divergence between policy and reference
 */
public record ExoPairLoss(double beta, double labelSmoothing, FDivergence divergence)
    implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "exo_pair",
          "The EXO loss: the reverse KL divergence from the smoothed label to the "
              + "policy's preference.",
          "σ(β Δ) [log σ(β Δ) - log(1-ε)] + σ(-β Δ) [log σ(-β Δ) - log ε]",
          "by Δ it is β σ(βΔ) σ(-βΔ) [β Δ - log((1-ε)/ε)]: it pulls to the smoothed "
              + "label, weakly where the model is sure.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "-log 2 - [log(1-ε) + log ε]/2, which is 2.76 for ε = 0.001.",
          "Ji et al. 2024, \"Towards Efficient Exact Optimization of Language Model "
              + "Alignment\", arXiv 2402.00856, equation 16.",
          "where the policy should pick one good mode rather than cover all.",
          "without label_smoothing: log 0 has no value.",
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
    DualNumber chosen = z.sigmoid().times(z.logSigmoid().minus(Math.log1p(-labelSmoothing)));
    DualNumber rejected =
        z.negate().sigmoid().times(z.negate().logSigmoid().minus(Math.log(labelSmoothing)));
    return chosen.plus(rejected);
  }
}
