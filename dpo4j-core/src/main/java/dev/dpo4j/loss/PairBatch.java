/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import dev.dpo4j.loss.objective.Objective;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A micro-batch of pairs with all that an {@link Objective} looks at.
 *
 * @param logps log-probabilities of the answers as the preference loss sees them
 * @param chosenSums log-probabilities of the chosen answers with every token counted fully, as the
 *     log-loss sees them
 * @param chosenTokens scored tokens of the chosen answers
 * @param rejectedTokens scored tokens of the rejected answers
 * @param pairWeights WPO's weight of each pair, or null without weighting
 * @param columns the optional columns of the data
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; equality is never asked for
public record PairBatch(
    PairLogps logps,
    double[] chosenSums,
    int[] chosenTokens,
    int[] rejectedTokens,
    double @Nullable [] pairWeights,
    RowColumns columns) {

  /** A batch in which every token is scored and counts fully. */
  public static PairBatch of(PairLogps logps, RowColumns columns) {
    return new PairBatch(
        logps, logps.policyChosen(), logps.chosenLengths(), logps.rejectedLengths(), null, columns);
  }

  /** The number of pairs. */
  public int size() {
    return logps.size();
  }

  /** One batch of the pairs of several, in their order. */
  public static PairBatch concat(List<PairBatch> batches) {
    PairLogps logps =
        new PairLogps(
            doubles(batches, b -> b.logps().policyChosen()),
            doubles(batches, b -> b.logps().policyRejected()),
            doubles(batches, b -> b.logps().referenceChosen()),
            doubles(batches, b -> b.logps().referenceRejected()),
            ints(batches, b -> b.logps().chosenLengths()),
            ints(batches, b -> b.logps().rejectedLengths()));
    return new PairBatch(
        logps,
        doubles(batches, PairBatch::chosenSums),
        ints(batches, PairBatch::chosenTokens),
        ints(batches, PairBatch::rejectedTokens),
        optional(batches, PairBatch::pairWeights, 1),
        new RowColumns(
            optional(batches, b -> b.columns().weight(), 1),
            optional(batches, b -> b.columns().margin(), 0),
            optional(batches, b -> b.columns().pChosen(), 1)));
  }

  private static double[] doubles(List<PairBatch> batches, Function<PairBatch, double[]> part) {
    return batches.stream().map(part).flatMapToDouble(Arrays::stream).toArray();
  }

  private static int[] ints(List<PairBatch> batches, Function<PairBatch, int[]> part) {
    return batches.stream().map(part).flatMapToInt(Arrays::stream).toArray();
  }

  /** Null only where no batch has the column; a batch without it has its neutral value. */
  private static double @Nullable [] optional(
      List<PairBatch> batches, Function<PairBatch, double @Nullable []> part, double neutral) {
    boolean present = false;
    double[] all = new double[batches.stream().mapToInt(PairBatch::size).sum()];
    Arrays.fill(all, neutral);
    int at = 0;
    for (PairBatch batch : batches) {
      double @Nullable [] values = part.apply(batch);
      if (values != null) {
        System.arraycopy(values, 0, all, at, values.length);
        present = true;
      }
      at += batch.size();
    }
    return present ? all : null;
  }
}
