/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

/**
 * Generalised advantage estimation: Schulman et al. 2016, arXiv 1506.02438, equation 16.
 *
 * @param gamma discount of a token's reward for each token before it
 * @param lambda weight of longer looks ahead: 0 trusts the next value alone, 1 no value at all
 */
public record AdvantageEstimation(double gamma, double lambda) {

  /**
   * The advantage of each token of an answer, after whose end nothing is gained.
   *
   * @param rewards reward of each token
   * @param values value before each token
   */
  public double[] advantages(double[] rewards, double[] values) {
    if (rewards.length != values.length) {
      throw new IllegalArgumentException(
          "%d rewards have %d values".formatted(rewards.length, values.length));
    }
    double[] advantages = new double[rewards.length];
    double nextAdvantage = 0;
    double nextValue = 0;
    for (int t = rewards.length - 1; t >= 0; t--) {
      double surprise = rewards[t] + gamma * nextValue - values[t];
      nextAdvantage = surprise + gamma * lambda * nextAdvantage;
      advantages[t] = nextAdvantage;
      nextValue = values[t];
    }
    return advantages;
  }

  /** What each token's value is trained towards: its advantage plus its value. */
  public static double[] returns(double[] advantages, double[] values) {
    double[] returns = new double[advantages.length];
    for (int t = 0; t < returns.length; t++) {
      returns[t] = advantages[t] + values[t];
    }
    return returns;
  }
}
