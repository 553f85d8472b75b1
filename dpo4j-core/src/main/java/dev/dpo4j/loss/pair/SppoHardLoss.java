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
 * The SPPO loss with certain preferences: each log-ratio is drawn to a fixed target.
 *
 * <p>Loss of a pair: (Lc - 1/(2β))² + (Lr + 1/(2β))².
 *
 * <p>Gradient: by Lc it is 2 (Lc - 1/(2β)), by Lr it is 2 (Lr + 1/(2β)): both are held at their
 * targets.
 *
 * <p>Beta: the targets are ±1/(2β) nats, so a smaller β asks for more.
 *
 * <p>At the first step: 1/(2β²), which is 50 for β = 0.1.
 *
 * <p>Use it in rounds of self-play, with answers of the model itself.
 *
 * <p>Avoid it with the learning rate of sigmoid: the loss and its gradient are larger by orders of
 * magnitude.
 *
 * <p>Wu et al. 2024, "Self-Play Preference Optimization for Language Model Alignment", arXiv
 * 2405.00675, equation 4.7 with preference 1 and 0.
 *
 * @param beta strength of the tie to the reference
 */
public record SppoHardLoss(double beta) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "sppo_hard",
          "The SPPO loss with certain preferences: each log-ratio is drawn to a fixed" + " target.",
          "(Lc - 1/(2β))² + (Lr + 1/(2β))²",
          "by Lc it is 2 (Lc - 1/(2β)), by Lr it is 2 (Lr + 1/(2β)): both are held at"
              + " their targets.",
          "the targets are ±1/(2β) nats, so a smaller β asks for more.",
          "1/(2β²), which is 50 for β = 0.1.",
          "Wu et al. 2024, \"Self-Play Preference Optimization for Language Model "
              + "Alignment\", arXiv 2405.00675, equation 4.7 with preference 1 and 0.",
          "in rounds of self-play, with answers of the model itself.",
          "with the learning rate of sigmoid: the loss and its gradient are larger by"
              + " orders of magnitude.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    double target = 1 / (2 * beta);
    DualNumber chosen = pair.chosenLogRatio().minus(target).square();
    return chosen.plus(pair.rejectedLogRatio().plus(target).square());
  }
}
