/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/** Elementary functions of log-probabilities that stay exact far from zero. */
final class Numerics {
  private static final double LOG_HALF = -Math.log(2);

  private Numerics() {}

  /** 1 / (1 + e^-x), without overflow for any x. */
  static double sigmoid(double x) {
    if (x >= 0) {
      return 1 / (1 + Math.exp(-x));
    }
    double e = Math.exp(x);
    return e / (1 + e);
  }

  /** log(1 / (1 + e^-x)): linear for very negative x, where the naive form is -infinity. */
  static double logSigmoid(double x) {
    return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
  }

  /**
   * log(1 - e^x) for x &lt; 0.
   *
   * <p>Near zero 1 - e^x cancels, far from zero e^x vanishes beside 1; each side gets the function
   * that keeps its digits (Mächler 2012).
   */
  static double log1mExp(double x) {
    return x > LOG_HALF ? Math.log(-Math.expm1(x)) : Math.log1p(-Math.exp(x));
  }
}
