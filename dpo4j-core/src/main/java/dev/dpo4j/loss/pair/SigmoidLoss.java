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
 * The DPO loss: the logistic loss of the margin between two implicit rewards.
 *
 * <p>Loss of a pair: -log σ(β Δ) with Δ = s(Lc) - s(Lr).
 *
 * <p>Gradient: by Δ it is -β σ(-β Δ): pairs that the implicit reward ranks wrongly pull hardest,
 * well ranked ones hardly at all.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: log 2 = 0.693, since policy and reference are equal and Δ = 0.
 *
 * <p>Use it as the first choice: it is the best understood loss and the base line of all others.
 *
 * <p>Avoid it where labels are noisy or nearly deterministic: it never stops widening a margin, and
 * may lower the chosen answer too (see cdpo, ipo, dpop).
 *
 * <p>Rafailov et al. 2023, "Direct Preference Optimization: Your Language Model is Secretly a
 * Reward Model", arXiv 2305.18290, equation 7; other divergences: Wang et al. 2023, arXiv
 * 2309.16240.
 *
 * @param beta strength of the tie to the reference
 * @param divergence divergence between policy and reference
 */
public record SigmoidLoss(double beta, FDivergence divergence) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "sigmoid",
          "The DPO loss: the logistic loss of the margin between two implicit " + "rewards.",
          "-log σ(β Δ) with Δ = s(Lc) - s(Lr)",
          "by Δ it is -β σ(-β Δ): pairs that the implicit reward ranks wrongly pull "
              + "hardest, well ranked ones hardly at all.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "log 2 = 0.693, since policy and reference are equal and Δ = 0.",
          "Rafailov et al. 2023, \"Direct Preference Optimization: Your Language Model"
              + " is Secretly a Reward Model\", arXiv 2305.18290, equation 7; other "
              + "divergences: Wang et al. 2023, arXiv 2309.16240.",
          "as the first choice: it is the best understood loss and the base line of "
              + "all others.",
          "where labels are noisy or nearly deterministic: it never stops widening a "
              + "margin, and may lower the chosen answer too (see cdpo, ipo, dpop).",
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

  /** The loss with the reverse KL divergence, the standard one. */
  public SigmoidLoss(double beta) {
    this(beta, FDivergence.REVERSE_KL);
  }

  @Override
  public DualNumber loss(Pair pair) {
    return divergence.delta(pair).times(beta).minus(pair.margin()).logSigmoid().negate();
  }
}
