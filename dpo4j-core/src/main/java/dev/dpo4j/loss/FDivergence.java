/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import java.util.Locale;

/**
 * The divergence that ties the policy to the reference, as it enters a preference loss.
 *
 * <p>Replacing the reverse KL divergence of the RLHF objective by another f-divergence replaces the
 * log-ratio L in the loss by f'(e^L) (Wang et al. 2023, arXiv 2309.16240).
 *
 * @param type which divergence
 * @param alpha the α of {@code alpha_divergence}; without effect for the others
 */
public record FDivergence(Type type, double alpha) {
  /** The divergence of plain DPO. */
  public static final FDivergence REVERSE_KL = new FDivergence(Type.REVERSE_KL, 0.5);

  /** Beyond this exponent the power of α counts as constant, as in TRL, so that it stays finite. */
  private static final double LARGEST_EXPONENT = 80;

  private static final double ALMOST_ONE = 1e-6;
  private static final double LOG_2 = Math.log(2);

  /** The divergences, under TRL's names. */
  public enum Type {
    REVERSE_KL,
    FORWARD_KL,
    JS_DIVERGENCE,
    ALPHA_DIVERGENCE;

    /** The name in a configuration. */
    public String configName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * The score f'(e^L) of a log-ratio L.
   *
   * <ul>
   *   <li>reverse_kl: L
   *   <li>forward_kl: 1 - e^-L
   *   <li>js_divergence: log 2 + log σ(L)
   *   <li>alpha_divergence: (e^((α-1)L) - 1) / (α-1), which is L for α = 1
   * </ul>
   */
  public DualNumber score(DualNumber logRatio) {
    return switch (type) {
      case REVERSE_KL -> logRatio;
      case FORWARD_KL -> logRatio.negate().exp().negate().plus(1);
      case JS_DIVERGENCE -> logRatio.logSigmoid().plus(LOG_2);
      case ALPHA_DIVERGENCE -> alphaScore(logRatio);
    };
  }

  private DualNumber alphaScore(DualNumber logRatio) {
    if (Math.abs(alpha - 1) < ALMOST_ONE) {
      return logRatio;
    }
    DualNumber exponent = logRatio.times(alpha - 1).clampMax(LARGEST_EXPONENT);
    return exponent.exp().minus(1).times(1 / (alpha - 1));
  }

  /** Δ: the score of the chosen answer minus that of the rejected one. */
  public DualNumber delta(Pair pair) {
    return score(pair.chosenLogRatio()).minus(score(pair.rejectedLogRatio()));
  }
}
