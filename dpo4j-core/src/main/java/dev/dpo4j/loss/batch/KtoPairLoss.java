/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.batch;

import dev.dpo4j.loss.BatchLoss;
import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.PairLogps;

/**
 * KTO's loss over pairs: each half of the batch is held against the mean log-ratio of the other.
 *
 * @param beta strength of the tie to the reference
 */
public record KtoPairLoss(double beta) implements BatchLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.of(
          "kto_pair",
          "1 - (σ(β (Lc - KLr)) + σ(β (KLc - Lr))) / 2 with KLc = max(0, mean Lc) and KLr"
              + " = max(0, mean Lr) over the batch",
          "Ethayarajh et al. 2024, \"KTO: Model Alignment as Prospect Theoretic "
              + "Optimization\", arXiv 2402.01306, as in TRL 0.8.6.",
          ImplicitReward.LOG_RATIO,
          LossOption.BETA,
          LossOption.LD_ALPHA);

  @Override
  public LossResult apply(PairLogps batch) {
    int pairs = batch.size();
    double meanChosen = 0;
    double meanRejected = 0;
    for (int i = 0; i < pairs; i++) {
      meanChosen += batch.pair(i).chosenLogRatio().value() / pairs;
      meanRejected += batch.pair(i).rejectedLogRatio().value() / pairs;
    }
    LossResult result = LossResult.zeros(pairs);
    double slopesOfChosen = 0;
    double slopesOfRejected = 0;
    for (int i = 0; i < pairs; i++) {
      DualNumber good =
          batch
              .pair(i)
              .chosenLogRatio()
              .minus(Math.max(0, meanRejected))
              .times(beta)
              .sigmoid()
              .times(0.5);
      DualNumber bad =
          batch
              .pair(i)
              .rejectedLogRatio()
              .negate()
              .plus(Math.max(0, meanChosen))
              .times(beta)
              .sigmoid()
              .times(0.5);
      result.add(i, i, i, good.plus(bad).negate().plus(1));
      slopesOfChosen += good.byChosen();
      slopesOfRejected -= bad.byRejected();
    }
    // A mean depends on every answer of its half; at 0 it is not cut yet, as torch has it.
    for (int i = 0; i < pairs; i++) {
      result.dChosen()[i] -= meanChosen >= 0 ? slopesOfRejected / pairs : 0;
      result.dRejected()[i] += meanRejected >= 0 ? slopesOfChosen / pairs : 0;
    }
    return result;
  }
}
