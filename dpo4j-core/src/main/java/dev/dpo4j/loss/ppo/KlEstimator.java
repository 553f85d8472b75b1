/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.ppo;

import java.util.Locale;

/**
 * Estimators of the KL divergence of the policy from the reference by one token that the policy
 * drew, as in Schulman 2020, "Approximating KL Divergence".
 *
 * <p>With d = log π(y) - log π_ref(y): k1 and k3 have the divergence as their mean, k3 is never
 * negative and varies less; k2 is biased and varies least while the two are near each other.
 */
public enum KlEstimator {
  /** d. */
  K1 {
    @Override
    public double of(double logRatio) {
      return logRatio;
    }
  },
  /** d² / 2. */
  K2 {
    @Override
    public double of(double logRatio) {
      return logRatio * logRatio / 2;
    }
  },
  /** exp(-d) - 1 + d. */
  K3 {
    @Override
    public double of(double logRatio) {
      return Math.expm1(-logRatio) + logRatio;
    }
  };

  /**
   * The estimate by one token.
   *
   * @param logRatio log-probability under the policy minus that under the reference, nats
   */
  public abstract double of(double logRatio);

  /** The name in a configuration: {@code k1}, {@code k2} or {@code k3}. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
