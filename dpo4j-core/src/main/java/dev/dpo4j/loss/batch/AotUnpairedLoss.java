/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.batch;

import dev.dpo4j.loss.BatchLoss;
import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.pair.CdpoLoss;

/**
 * The unpaired AOT loss: the distribution of chosen log-ratios is to lead that of rejected ones.
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, the chance that a label is wrong
 */
public record AotUnpairedLoss(double beta, double labelSmoothing) implements BatchLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.of(
          "aot_unpaired",
          "-(1-ε) log σ(β d) - ε log σ(-β d) with d = sort(Lc) - sort(Lr) over the batch",
          "Melnyk et al. 2024, \"Distributional Preference Alignment of LLMs via Optimal "
              + "Transport\", arXiv 2406.05882.",
          ImplicitReward.LOG_RATIO,
          LossOption.BETA,
          LossOption.LD_ALPHA,
          LossOption.LABEL_SMOOTHING);

  @Override
  public LossResult apply(PairLogps batch) {
    Integer[] chosen =
        SortedOrder.ascending(
            batch.size(), i -> batch.policyChosen()[i] - batch.referenceChosen()[i]);
    Integer[] rejected =
        SortedOrder.ascending(
            batch.size(), i -> batch.policyRejected()[i] - batch.referenceRejected()[i]);
    LossResult result = LossResult.zeros(batch.size());
    for (int rank = 0; rank < batch.size(); rank++) {
      DualNumber chosenRatio = batch.pair(chosen[rank]).chosenLogRatio();
      DualNumber d = chosenRatio.minus(batch.pair(rejected[rank]).rejectedLogRatio());
      DualNumber loss = CdpoLoss.smoothed(d.times(beta), labelSmoothing);
      result.add(chosen[rank], chosen[rank], rejected[rank], loss);
    }
    return result;
  }
}
