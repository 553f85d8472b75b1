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
 * The APO-zero loss: raises chosen and lowers rejected answers, each by itself.
 *
 * <p>Loss of a pair: 1 - σ(β Lc) + σ(β Lr).
 *
 * <p>Gradient: by Lc it is -β σ(β Lc) σ(-β Lc), by Lr it is β σ(β Lr) σ(-β Lr): answers far from
 * the reference are left alone.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: 1.
 *
 * <p>Use it where chosen answers are better than what the model writes now.
 *
 * <p>Avoid it where they are worse (see apo_down).
 *
 * <p>D'Oosterlinck et al. 2024, "Anchored Preference Optimization and Contrastive Revisions", arXiv
 * 2408.06266, equation 7.
 *
 * @param beta strength of the tie to the reference
 */
public record ApoZeroLoss(double beta) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "apo_zero",
          "The APO-zero loss: raises chosen and lowers rejected answers, each by " + "itself.",
          "1 - σ(β Lc) + σ(β Lr)",
          "by Lc it is -β σ(β Lc) σ(-β Lc), by Lr it is β σ(β Lr) σ(-β Lr): answers "
              + "far from the reference are left alone.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "1.",
          "D'Oosterlinck et al. 2024, \"Anchored Preference Optimization and "
              + "Contrastive Revisions\", arXiv 2408.06266, equation 7.",
          "where chosen answers are better than what the model writes now.",
          "where they are worse (see apo_down).",
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
    return pair.rejectedLogRatio().times(beta).sigmoid().minus(chosen).plus(1);
  }
}
