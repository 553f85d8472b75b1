/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

/**
 * How the reward of an answer and the KL penalty become rewards of its tokens.
 *
 * <p>Each token costs its share of the divergence. The reward of the whole answer stands at its
 * end: behind the last token, or on it where the answer is as long as the longest one of its
 * rollout, as in TRL.
 *
 * @param estimator how the divergence is estimated
 * @param weight of the KL penalty
 */
public record TokenRewards(KlEstimator estimator, double weight) {

  /** The divergence of each token, nats. */
  public double[] divergences(double[] logps, double[] reference) {
    if (logps.length != reference.length) {
      throw new IllegalArgumentException(
          "%d log-probabilities have %d of the reference"
              .formatted(logps.length, reference.length));
    }
    double[] divergences = new double[logps.length];
    for (int t = 0; t < logps.length; t++) {
      divergences[t] = estimator.of(logps[t] - reference[t]);
    }
    return divergences;
  }

  /**
   * The reward of each token.
   *
   * @param divergences from {@link #divergences}
   * @param score the reward of the answer
   * @param places the tokens, and one more where the reward stands behind the last
   */
  public double[] rewards(double[] divergences, double score, int places) {
    double[] rewards = new double[places];
    for (int t = 0; t < divergences.length; t++) {
      rewards[t] = -weight * divergences[t];
    }
    rewards[places - 1] += score;
    return rewards;
  }

  /**
   * Takes the penalty off the reward of an answer that came to no end.
   *
   * @param ended whether the answer has the token that ends answers
   * @param penalty {@code missing_eos_penalty}
   */
  public static double withEndPenalty(double score, boolean ended, double penalty) {
    return ended ? score : score - penalty;
  }
}
