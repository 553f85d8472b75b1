/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import org.jspecify.annotations.Nullable;

/**
 * What the head says of each scored token, in the order of the entries of a batch.
 *
 * @param logps log-probability of the token, nats
 * @param entropies entropy of the distribution the token was drawn from, nats
 * @param meanLogits mean of the logits over the vocabulary
 * @param top1 whether no other token was more probable
 * @param logSumSquares log of the sum of the squared probabilities, where it was asked for
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; never compared
public record TokenStats(
    float[] logps,
    float[] entropies,
    float[] meanLogits,
    boolean[] top1,
    float @Nullable [] logSumSquares) {

  /** Statistics of that many tokens, yet to be filled in. */
  static TokenStats zeros(int entries, boolean squares) {
    return new TokenStats(
        new float[entries],
        new float[entries],
        new float[entries],
        new boolean[entries],
        squares ? new float[entries] : null);
  }

  /** The sum of log-probabilities of entries {@code from} (inclusive) to {@code to} (exclusive). */
  public double sumLogps(int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += logps[i];
    }
    return sum;
  }
}
