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
 * The IPO loss on sums: a squared distance of the margin to a fixed target.
 *
 * <p>Loss of a pair: (Lc - Lr - 1/(2β))².
 *
 * <p>Gradient: by Δ = Lc - Lr it is 2 (Δ - 1/(2β)): it pulls towards the target from both sides.
 *
 * <p>Beta: the paper's τ; the target margin is 1/(2β) nats over the whole answer.
 *
 * <p>At the first step: 1/(4β²), which is 25 for β = 0.1.
 *
 * <p>Use it to compare with tools that do not divide by the length (the original DPO code,
 * OpenRLHF).
 *
 * <p>Avoid it where answers differ much in length: long answers dominate the square.
 *
 * <p>Azar et al. 2023, "A General Theoretical Paradigm to Understand Learning from Human
 * Preferences", arXiv 2310.12036, equation 17, as it stands.
 *
 * @param beta strength of the tie to the reference
 */
public record IpoSumLoss(double beta) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "ipo_sum",
          "The IPO loss on sums: a squared distance of the margin to a fixed target.",
          "(Lc - Lr - 1/(2β))²",
          "by Δ = Lc - Lr it is 2 (Δ - 1/(2β)): it pulls towards the target from both" + " sides.",
          "the paper's τ; the target margin is 1/(2β) nats over the whole answer.",
          "1/(4β²), which is 25 for β = 0.1.",
          "Azar et al. 2023, \"A General Theoretical Paradigm to Understand Learning "
              + "from Human Preferences\", arXiv 2310.12036, equation 17, as it stands.",
          "to compare with tools that do not divide by the length (the original DPO "
              + "code, OpenRLHF).",
          "where answers differ much in length: long answers dominate the square.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    return pair.chosenLogRatio().minus(pair.rejectedLogRatio()).minus(1 / (2 * beta)).square();
  }
}
