/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the model says of each scored token of a batch or of one answer, in token order.
 *
 * <p>A token is scored when something stands before it; the first token of an answer to an empty
 * prompt is not.
 *
 * @param logps log-probability of each token, nats
 * @param entropies entropy of the distribution that each token was judged by, nats
 * @param meanLogits mean of the logits over the vocabulary
 * @param top1 whether no other token was more probable
 * @param logSumSquares log of the sum of the squared probabilities of the vocabulary, where it was
 *     asked for
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; equality is never asked for
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

  /** The tokens {@code from} (inclusive) to {@code to} (exclusive), such as those of one answer. */
  public TokenStats slice(int from, int to) {
    return new TokenStats(
        Arrays.copyOfRange(logps, from, to),
        Arrays.copyOfRange(entropies, from, to),
        Arrays.copyOfRange(meanLogits, from, to),
        Arrays.copyOfRange(top1, from, to),
        logSumSquares == null ? null : Arrays.copyOfRange(logSumSquares, from, to));
  }

  /** The number of scored tokens. */
  public int tokens() {
    return logps.length;
  }

  /** Log-probability of all tokens together, nats. */
  public double logp() {
    return sum(logps, 0, logps.length);
  }

  /** The sum of log-probabilities of tokens {@code from} (inclusive) to {@code to} (exclusive). */
  public double sumLogps(int from, int to) {
    return sum(logps, from, to);
  }

  /** Sum of the entropies, nats. */
  public double entropySum() {
    return sum(entropies, 0, entropies.length);
  }

  /** Sum of the mean logits. */
  public double logitSum() {
    return sum(meanLogits, 0, meanLogits.length);
  }

  /** Tokens that the model itself would have put first. */
  public int correctTokens() {
    int correct = 0;
    for (boolean first : top1) {
      correct += first ? 1 : 0;
    }
    return correct;
  }

  private static double sum(float[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum;
  }
}
