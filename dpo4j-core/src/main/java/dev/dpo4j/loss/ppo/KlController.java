/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

/**
 * The weight of the KL penalty, which may follow a target: Ziegler et al. 2019, "Fine-Tuning
 * Language Models from Human Preferences", arXiv 1909.08593, section 2.2.
 *
 * <p>After an update the weight is multiplied by {@code 1 + e * episodes / horizon}, where {@code
 * e} is how far the divergence lies above the target, in units of the target and at most 0.2 either
 * way.
 *
 * @param target the divergence that is aimed at, nats an answer; 0 leaves the weight as it is
 * @param horizon episodes in which the weight can about change by 20 %
 */
public record KlController(double target, double horizon) {
  private static final double LARGEST_ERROR = 0.2;

  /** A weight that stays as it is. */
  public static final KlController FIXED = new KlController(0, 1);

  /**
   * The weight for the next update.
   *
   * @param weight the weight so far
   * @param kl mean divergence of the answers of the update, nats
   * @param episodes answers of the update
   */
  public double next(double weight, double kl, int episodes) {
    if (target == 0) {
      return weight;
    }
    double error = Math.max(-LARGEST_ERROR, Math.min(LARGEST_ERROR, kl / target - 1));
    return weight * (1 + error * episodes / horizon);
  }
}
