/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

/**
 * The constants of one step of AdamW.
 *
 * @param number the step's number, 1 at the first, for the bias correction
 * @param gradientScale what gradients are multiplied by first, for clipping
 * @param clearGradients whether gradients are set to zero after their use
 */
public record AdamWStep(
    long number,
    double learningRate,
    double beta1,
    double beta2,
    double weightDecay,
    double epsilon,
    double gradientScale,
    boolean clearGradients) {}
