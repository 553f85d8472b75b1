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
import java.util.EnumSet;

/**
 * The AOT loss: the whole distribution of margins is to lead that of the reference.
 *
 * <p>Loss of a pair: -(1-ε) log σ(β d) - ε log σ(-β d) with d = sort(lc - lr) - sort(rc - rr) over
 * the batch.
 *
 * <p>Gradient: by d it is -β [σ(-β d) - ε]; a pair is held against the reference margin of its own
 * rank, not of itself.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: log 2 = 0.693.
 *
 * <p>Use it where the order of the whole data counts more than each pair, with large batches.
 *
 * <p>Avoid it with small batches: the sort needs company. Under accumulation it runs over the
 * optimizer batch.
 *
 * <p>Melnyk et al. 2024, "Distributional Preference Alignment of LLMs via Optimal Transport", arXiv
 * 2406.05882.
 *
 * @param beta strength of the tie to the reference
 * @param labelSmoothing ε, the chance that a label is wrong
 */
public record AotLoss(double beta, double labelSmoothing) implements BatchLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "aot",
          "The AOT loss: the whole distribution of margins is to lead that of the " + "reference.",
          "-(1-ε) log σ(β d) - ε log σ(-β d) with d = sort(lc - lr) - sort(rc - rr) "
              + "over the batch",
          "by d it is -β [σ(-β d) - ε]; a pair is held against the reference margin "
              + "of its own rank, not of itself.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "log 2 = 0.693.",
          "Melnyk et al. 2024, \"Distributional Preference Alignment of LLMs via "
              + "Optimal Transport\", arXiv 2406.05882.",
          "where the order of the whole data counts more than each pair, with large " + "batches.",
          "with small batches: the sort needs company. Under accumulation it runs "
              + "over the optimizer batch.",
          EnumSet.of(LossOption.BETA, LossOption.LD_ALPHA, LossOption.LABEL_SMOOTHING),
          ImplicitReward.LOG_RATIO);

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
