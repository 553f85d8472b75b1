/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.batch;

import dev.dpo4j.loss.BatchLoss;
import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.pair.CdpoLoss;

/**
 * The AOT loss: the whole distribution of margins is to lead that of the reference.
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, the chance that a label is wrong
 */
public record AotLoss(double beta, double labelSmoothing) implements BatchLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.of(
          "aot",
          "-(1-ε) log σ(β d) - ε log σ(-β d) with d = sort(lc - lr) - sort(rc - rr) over "
              + "the batch",
          "Melnyk et al. 2024, \"Distributional Preference Alignment of LLMs via Optimal "
              + "Transport\", arXiv 2406.05882.",
          ImplicitReward.LOG_RATIO,
          LossOption.BETA,
          LossOption.LD_ALPHA,
          LossOption.LABEL_SMOOTHING);

  @Override
  public LossResult apply(PairLogps batch) {
    Integer[] policy =
        SortedOrder.ascending(
            batch.size(), i -> batch.policyChosen()[i] - batch.policyRejected()[i]);
    Integer[] reference =
        SortedOrder.ascending(
            batch.size(), i -> batch.referenceChosen()[i] - batch.referenceRejected()[i]);
    LossResult result = LossResult.zeros(batch.size());
    for (int rank = 0; rank < batch.size(); rank++) {
      int own = policy[rank];
      int other = reference[rank];
      double target = batch.referenceChosen()[other] - batch.referenceRejected()[other];
      Pair pair = batch.pair(own);
      DualNumber d = pair.policyChosen().minus(pair.policyRejected()).minus(target);
      result.add(own, own, own, CdpoLoss.smoothed(d.times(beta), labelSmoothing));
    }
    return result;
  }
}
