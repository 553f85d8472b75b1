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
 * The IPO loss: a squared distance of the per-token margin to a fixed target.
 *
 * <p>Loss of a pair: (s(Lc)/|yc| - s(Lr)/|yr| - 1/(2β))².
 *
 * <p>Gradient: by the per-token margin h it is 2 (h - 1/(2β)): it pulls towards the target from
 * both sides.
 *
 * <p>Beta: the paper's τ; the target margin is 1/(2β) nats a token, so a smaller β asks for more.
 *
 * <p>At the first step: 1/(4β²), which is 25 for β = 0.1.
 *
 * <p>Use it on (nearly) deterministic preferences, where the DPO margin grows without bound.
 *
 * <p>Avoid it with a β chosen for DPO: the scale is per token; compare with ipo_sum, which other
 * tools call ipo.
 *
 * <p>Azar et al. 2023, "A General Theoretical Paradigm to Understand Learning from Human
 * Preferences", arXiv 2310.12036, equation 17, with the sums divided by the length of the answer.
 *
 * @param beta strength of the tie to the reference
 * @param divergence divergence between policy and reference
 */
public record IpoLoss(double beta, FDivergence divergence) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "ipo",
          "The IPO loss: a squared distance of the per-token margin to a fixed " + "target.",
          "(s(Lc)/|yc| - s(Lr)/|yr| - 1/(2β))²",
          "by the per-token margin h it is 2 (h - 1/(2β)): it pulls towards the "
              + "target from both sides.",
          "the paper's τ; the target margin is 1/(2β) nats a token, so a smaller β "
              + "asks for more.",
          "1/(4β²), which is 25 for β = 0.1.",
          "Azar et al. 2023, \"A General Theoretical Paradigm to Understand Learning "
              + "from Human Preferences\", arXiv 2310.12036, equation 17, with the sums "
              + "divided by the length of the answer.",
          "on (nearly) deterministic preferences, where the DPO margin grows without " + "bound.",
          "with a β chosen for DPO: the scale is per token; compare with ipo_sum, "
              + "which other tools call ipo.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.F_DIVERGENCE_TYPE,
              LossOption.F_ALPHA_DIVERGENCE_COEF),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.perChosenToken(divergence.score(pair.chosenLogRatio()));
    DualNumber rejected = pair.perRejectedToken(divergence.score(pair.rejectedLogRatio()));
    return chosen.minus(rejected).minus(1 / (2 * beta)).square();
  }
}
