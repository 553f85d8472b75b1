/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

/**
 * The constants of one step of AdamW: {@code w -= lr * (mhat / (sqrt(vhat) + eps) + wd * w)}.
 *
 * @param number the step's number, 1 at the first, for the bias correction
 */
public record AdamWStep(
    long number,
    double learningRate,
    double beta1,
    double beta2,
    double weightDecay,
    double epsilon) {}
