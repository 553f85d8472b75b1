/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import dev.dpo4j.loss.PairBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an optimizer step needs to know of all its micro-batches before the first one is computed.
 *
 * <p>The numbers come from the data alone, so that gradients can be accumulated one micro-batch
 * after the other. As in TRL the loss of a step is the mean over its micro-batches of the mean over
 * their pairs; only a last, shorter micro-batch of an epoch makes this differ from the mean over
 * all pairs. Row weights scale the pairs within that mean, and log-loss is divided by the tokens of
 * the whole step.
 *
 * @param microBatches micro-batches of the step
 * @param weightSum the sum of each row's weight times its share of the step; 1 without weights
 * @param chosenTokens the sum of each row's weight times the scored tokens of its chosen answer
 */
public record StepTotals(int microBatches, double weightSum, double chosenTokens) {

  /**
   * One micro-batch, as far as the data tells.
   *
   * @param chosenTokens scored tokens of each chosen answer
   * @param weights each row's weight, or null where all count alike
   */
  @SuppressWarnings("ArrayRecordComponent") // an argument; equality is never asked for
  public record MicroBatch(int[] chosenTokens, double @Nullable [] weights) {
    double weight(int i) {
      return weights == null ? 1 : weights[i];
    }
  }

  /**
   * Adds up the micro-batches of a step.
   *
   * @throws IllegalArgumentException if all rows together weigh nothing
   */
  public static StepTotals of(List<MicroBatch> microBatches) {
    double weightSum = 0;
    double tokens = 0;
    for (MicroBatch batch : microBatches) {
      int pairs = batch.chosenTokens().length;
      double batchWeight = 0;
      for (int i = 0; i < pairs; i++) {
        batchWeight += batch.weight(i);
        tokens += batch.weight(i) * batch.chosenTokens()[i];
      }
      weightSum += batchWeight / pairs / microBatches.size();
    }
    if (!(weightSum > 0)) {
      throw new IllegalArgumentException(
          "The rows of an optimizer step must weigh more than 0 together, but their weights give "
              + weightSum
              + "; remove rows of weight 0 or take larger batches");
    }
    return new StepTotals(microBatches.size(), weightSum, tokens);
  }

  /** The totals of a step that has a single micro-batch. */
  public static StepTotals of(PairBatch batch) {
    return of(List.of(new MicroBatch(batch.chosenTokens(), batch.columns().weight())));
  }

  /** What a pair of weight 1 in a micro-batch of so many pairs contributes to the step's mean. */
  double share(int pairs) {
    return 1.0 / pairs / microBatches / weightSum;
  }
}
