/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import dev.dpo4j.metrics.MetricAccumulator;

/**
 * The numbers of a training loop between two steps.
 *
 * @param step optimizer steps done
 * @param epoch the share of the run done, in epochs
 * @param tokens tokens trained on
 * @param lossSum sum of the losses of all steps
 * @param learningRate rate of the last step
 * @param gathered metrics since the last line of the log
 */
public record LoopState(
    long step,
    double epoch,
    long tokens,
    double lossSum,
    double learningRate,
    MetricAccumulator.State gathered) {}
