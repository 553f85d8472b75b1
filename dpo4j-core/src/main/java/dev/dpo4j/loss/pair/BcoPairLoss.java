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
 * Binary classification of chosen against rejected answers by their rewards.
 *
 * <p>Loss of a pair: -log σ(β Lc) - log σ(-β Lr).
 *
 * <p>Gradient: by Lc it is -β σ(-β Lc), by Lr it is β σ(β Lr): each answer pulls by itself.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: 2 log 2 = 1.386.
 *
 * <p>Use it beside sigmoid and sft, as in MPO (weights 0.8, 0.2, 1.0).
 *
 * <p>Avoid it for the BCO of the paper: the running shift of the rewards is left out here, as in
 * TRL.
 *
 * <p>Jung et al. 2024, "Binary Classifier Optimization for Large Language Model Alignment", arXiv
 * 2404.04656, without the running reward shift δ.
 *
 * @param beta strength of the tie to the reference
 */
public record BcoPairLoss(double beta) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "bco_pair",
          "Binary classification of chosen against rejected answers by their rewards.",
          "-log σ(β Lc) - log σ(-β Lr)",
          "by Lc it is -β σ(-β Lc), by Lr it is β σ(β Lr): each answer pulls by " + "itself.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "2 log 2 = 1.386.",
          "Jung et al. 2024, \"Binary Classifier Optimization for Large Language Model"
              + " Alignment\", arXiv 2404.04656, without the running reward shift δ.",
          "beside sigmoid and sft, as in MPO (weights 0.8, 0.2, 1.0).",
          "for the BCO of the paper: the running shift of the rewards is left out "
              + "here, as in TRL.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.chosenLogRatio().times(beta).logSigmoid();
    DualNumber rejected = pair.rejectedLogRatio().times(-beta).logSigmoid();
    return chosen.plus(rejected).negate();
  }
}
