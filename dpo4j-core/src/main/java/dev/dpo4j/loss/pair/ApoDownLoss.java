/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;
import java.util.EnumSet;

/**
 * The APO-down loss: lowers both answers, the rejected one more.
 *
 * <p>Loss of a pair: σ(β Lc) + 1 - σ(β (Lc - Lr)).
 *
 * <p>Gradient: by Lc it is β [σ(βLc) σ(-βLc) - σ(βΔ) σ(-βΔ)], by Lr it is β σ(βΔ) σ(-βΔ) with Δ =
 * Lc - Lr.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: 1.
 *
 * <p>Use it where even chosen answers are worse than what the model writes now.
 *
 * <p>Avoid it where chosen answers should become likelier (see apo_zero).
 *
 * <p>D'Oosterlinck et al. 2024, "Anchored Preference Optimization and Contrastive Revisions", arXiv
 * 2408.06266, equation 8.
 *
 * @param beta strength of the tie to the reference
 */
public record ApoDownLoss(double beta) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "apo_down",
          "The APO-down loss: lowers both answers, the rejected one more.",
          "σ(β Lc) + 1 - σ(β (Lc - Lr))",
          "by Lc it is β [σ(βLc) σ(-βLc) - σ(βΔ) σ(-βΔ)], by Lr it is β σ(βΔ) σ(-βΔ) "
              + "with Δ = Lc - Lr.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "1.",
          "D'Oosterlinck et al. 2024, \"Anchored Preference Optimization and "
              + "Contrastive Revisions\", arXiv 2408.06266, equation 8.",
          "where even chosen answers are worse than what the model writes now.",
          "where chosen answers should become likelier (see apo_zero).",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio().times(beta).sigmoid();
    DualNumber delta = pair.chosenLogRatio().minus(pair.rejectedLogRatio());
    return chosen.plus(1).minus(delta.times(beta).sigmoid());
  }
}
