/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import java.util.Map;

/**
 * An optimizer step that was done.
 *
 * @param step its number, from 1
 * @param maxSteps steps of the whole run
 * @param epoch the share of the run done, in epochs
 * @param pairs rows trained on in this step
 * @param tokens tokens trained on in this step, prompts counted once an answer
 * @param flos floating-point operations of the step, as {@link TrainTask#flos(OptimizerStep)}
 *     counts them
 * @param seconds what the step took
 * @param metrics the step's own metrics: loss, grad_norm, learning_rate and those of the task
 */
public record StepReport(
    long step,
    long maxSteps,
    double epoch,
    int pairs,
    long tokens,
    double flos,
    double seconds,
    Map<String, Double> metrics) {}
