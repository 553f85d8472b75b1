/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

/**
 * What clipping makes of one token: its loss, the derivative, and whether it was clipped.
 *
 * @param loss the loss
 * @param derivative by the token's log-probability, or by its value
 * @param clipped whether the clipped form of the loss was the greater one, so that nothing pulls
 */
public record ClippedLoss(double loss, double derivative, boolean clipped) {

  /**
   * PPO's loss of a token: the greater of -A r and -A clip(r, 1 - c, 1 + c), where r is the ratio
   * of its probability to the one it was drawn with; Schulman et al. 2017, arXiv 1707.06347,
   * equation 7.
   *
   * @param logRatio log-probability now minus that when the token was drawn
   * @param advantage A
   * @param range c
   */
  public static ClippedLoss policy(double logRatio, double advantage, double range) {
    double ratio = Math.exp(logRatio);
    double plain = -advantage * ratio;
    double bounded = -advantage * clamp(ratio, 1 - range, 1 + range);
    return bounded > plain
        ? new ClippedLoss(bounded, 0, true)
        : new ClippedLoss(plain, plain, false);
  }

  /**
   * The loss of a value: half the greater of (v - R)² and (clip(v, old - c, old + c) - R)².
   *
   * @param value v
   * @param old the value when the answer was drawn
   * @param target R, the return that was found
   * @param range c
   */
  public static ClippedLoss value(double value, double old, double target, double range) {
    double distance = value - target;
    double bounded = clamp(value, old - range, old + range) - target;
    return bounded * bounded > distance * distance
        ? new ClippedLoss(bounded * bounded / 2, 0, true)
        : new ClippedLoss(distance * distance / 2, distance, false);
  }

  private static double clamp(double x, double low, double high) {
    return Math.max(low, Math.min(high, x));
  }
}
