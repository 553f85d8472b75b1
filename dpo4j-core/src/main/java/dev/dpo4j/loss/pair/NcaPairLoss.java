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
 * The pairwise NCA loss: rewards as noise-contrastive classification.
 *
 * <p>Loss of a pair: -log σ(β Lc) - [log σ(-β Lc) + log σ(-β Lr)]/2.
 *
 * <p>Gradient: by Lc it is -β [σ(-β Lc) - σ(β Lc)/2], by Lr it is β σ(β Lr)/2: the reward of the
 * chosen answer itself is raised.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: 2 log 2 = 1.386.
 *
 * <p>Use it where the log-probability of chosen answers must not fall.
 *
 * <p>Avoid it where only the margin counts; it also fixes the level of the rewards.
 *
 * <p>Chen et al. 2024, "Noise Contrastive Alignment of Language Models with Explicit Rewards",
 * arXiv 2402.05369.
 *
 * @param beta strength of the tie to the reference
 */
public record NcaPairLoss(double beta) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "nca_pair",
          "The pairwise NCA loss: rewards as noise-contrastive classification.",
          "-log σ(β Lc) - [log σ(-β Lc) + log σ(-β Lr)]/2",
          "by Lc it is -β [σ(-β Lc) - σ(β Lc)/2], by Lr it is β σ(β Lr)/2: the reward"
              + " of the chosen answer itself is raised.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "2 log 2 = 1.386.",
          "Chen et al. 2024, \"Noise Contrastive Alignment of Language Models with "
              + "Explicit Rewards\", arXiv 2402.05369.",
          "where the log-probability of chosen answers must not fall.",
          "where only the margin counts; it also fixes the level of the rewards.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio().times(beta);
    DualNumber rejected = pair.rejectedLogRatio().times(beta);
    DualNumber noise = chosen.negate().logSigmoid().plus(rejected.negate().logSigmoid()).times(0.5);
    return chosen.logSigmoid().plus(noise).negate();
  }
}
