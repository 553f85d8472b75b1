/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What the model says of each scored token of one answer, in token order.
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
public record AnswerStats(
    float[] logps,
    float[] entropies,
    float[] meanLogits,
    boolean[] top1,
    float @Nullable [] logSumSquares) {

  /** The answer whose tokens are entries {@code from} to {@code to} (exclusive) of flat arrays. */
  public static AnswerStats slice(
      float[] logps,
      float[] entropies,
      float[] meanLogits,
      boolean[] top1,
      float @Nullable [] logSumSquares,
      int from,
      int to) {
    return new AnswerStats(
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

  /** Log-probability of the whole answer, nats. */
  public double logp() {
    return sum(logps);
  }

  /** Sum of the entropies, nats. */
  public double entropySum() {
    return sum(entropies);
  }

  /** Sum of the mean logits. */
  public double logitSum() {
    return sum(meanLogits);
  }

  /** Tokens that the model itself would have put first. */
  public int correctTokens() {
    int correct = 0;
    for (boolean first : top1) {
      correct += first ? 1 : 0;
    }
    return correct;
  }

  private static double sum(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum;
  }
}
