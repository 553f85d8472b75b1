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
import java.util.EnumSet;

/**
 * The unpaired AOT loss: the distribution of chosen log-ratios is to lead that of rejected ones.
 *
 * <p>Loss of a pair: -(1-ε) log σ(β d) - ε log σ(-β d) with d = sort(Lc) - sort(Lr) over the batch.
 *
 * <p>Gradient: by d it is -β [σ(-β d) - ε]; a chosen answer is held against the rejected one of its
 * own rank.
 *
 * <p>Beta: strength of the tie to the reference, in reward units per nat; usually 0.01 to 0.5.
 *
 * <p>At the first step: log 2 = 0.693.
 *
 * <p>Use it where chosen and rejected answers do not belong together pair by pair, with large
 * batches.
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
public record AotUnpairedLoss(double beta, double labelSmoothing) implements BatchLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "aot_unpaired",
          "The unpaired AOT loss: the distribution of chosen log-ratios is to lead "
              + "that of rejected ones.",
          "-(1-ε) log σ(β d) - ε log σ(-β d) with d = sort(Lc) - sort(Lr) over the " + "batch",
          "by d it is -β [σ(-β d) - ε]; a chosen answer is held against the rejected "
              + "one of its own rank.",
          "strength of the tie to the reference, in reward units per nat; usually "
              + "0.01 to 0.5.",
          "log 2 = 0.693.",
          "Melnyk et al. 2024, \"Distributional Preference Alignment of LLMs via "
              + "Optimal Transport\", arXiv 2406.05882.",
          "where chosen and rejected answers do not belong together pair by pair, "
              + "with large batches.",
          "with small batches: the sort needs company. Under accumulation it runs "
              + "over the optimizer batch.",
          EnumSet.of(LossOption.BETA, LossOption.LD_ALPHA, LossOption.LABEL_SMOOTHING),
          ImplicitReward.LOG_RATIO);

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
