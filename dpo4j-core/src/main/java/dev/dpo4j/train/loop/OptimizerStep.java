/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.util.List;

/**
 * The rows that one optimizer step trains on.
 *
 * @param step the step, counted from 1 as {@code global_step} is after it
 * @param epochIndex the epoch it belongs to, counted from 0
 * @param microBatches positions of rows in the kept data, one array a micro-batch; the last array
 *     of an epoch may be shorter, and the last step of an epoch may have fewer arrays
 * @param epoch the share of the run done after this step, in epochs: what the log calls {@code
 *     epoch}
 */
public record OptimizerStep(long step, int epochIndex, List<int[]> microBatches, double epoch) {

  public OptimizerStep {
    microBatches = List.copyOf(microBatches);
  }

  /** The number of rows over all micro-batches. */
  public int rows() {
    return microBatches.stream().mapToInt(batch -> batch.length).sum();
  }
}
