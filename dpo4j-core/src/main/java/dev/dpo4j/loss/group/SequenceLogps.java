/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.group;

import org.jspecify.annotations.Nullable;

/**
 * Log-probabilities of the tokens of one answer, nats, and its advantage.
 *
 * @param policy by the policy as it is
 * @param old by the policy that the answer was sampled from
 * @param reference by the reference model, or null where there is none
 * @param advantage by how much the answer is better than others
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; never compared
public record SequenceLogps(
    float[] policy, float[] old, float @Nullable [] reference, double advantage) {
  /** Number of tokens. */
  public int tokens() {
    return policy.length;
  }
}
