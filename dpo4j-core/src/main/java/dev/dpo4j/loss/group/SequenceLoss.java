/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.group;

/**
 * The loss of one answer.
 *
 * @param loss the sum over its tokens
 * @param byLogp its derivative by the policy's log-probability of each token
 * @param kl sum of the estimates of the KL divergence over the tokens, 0 without a reference
 * @param clippedLow ratios that are clipped from below: tokens, or 1 for a whole answer
 * @param clippedHigh ratios that are clipped from above
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; never compared
public record SequenceLoss(
    double loss, double[] byLogp, double kl, int clippedLow, int clippedHigh) {}
