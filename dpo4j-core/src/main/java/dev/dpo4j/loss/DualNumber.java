/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/**
 * A number together with its two partial derivatives, by the policy's log-probability of the chosen
 * and of the rejected answer.
 *
 * <p>A preference loss is a formula of a handful of numbers per pair, so its gradient needs no
 * autograd engine: written in dual numbers the formula stands once, as in its paper, and the
 * derivative is exact. Where a function has a kink, the derivative is the one torch takes.
 *
 * @param value the number
 * @param byChosen its derivative by the policy's log-probability of the chosen answer
 * @param byRejected its derivative by the policy's log-probability of the rejected answer
 */
public record DualNumber(double value, double byChosen, double byRejected) {

  /** A number that does not depend on the policy. */
  public static DualNumber constant(double value) {
    return new DualNumber(value, 0, 0);
  }

  /** The policy's log-probability of the chosen answer. */
  public static DualNumber chosen(double logp) {
    return new DualNumber(logp, 1, 0);
  }

  /** The policy's log-probability of the rejected answer. */
  public static DualNumber rejected(double logp) {
    return new DualNumber(logp, 0, 1);
  }

  public DualNumber plus(DualNumber other) {
    return new DualNumber(
        value + other.value, byChosen + other.byChosen, byRejected + other.byRejected);
  }

  public DualNumber plus(double constant) {
    return new DualNumber(value + constant, byChosen, byRejected);
  }

  public DualNumber minus(DualNumber other) {
    return new DualNumber(
        value - other.value, byChosen - other.byChosen, byRejected - other.byRejected);
  }

  public DualNumber minus(double constant) {
    return new DualNumber(value - constant, byChosen, byRejected);
  }

  public DualNumber times(DualNumber other) {
    return new DualNumber(
        value * other.value,
        byChosen * other.value + value * other.byChosen,
        byRejected * other.value + value * other.byRejected);
  }

  public DualNumber times(double factor) {
    return new DualNumber(value * factor, byChosen * factor, byRejected * factor);
  }

  public DualNumber negate() {
    return times(-1);
  }

  /** x². */
  public DualNumber square() {
    return times(this);
  }

  /** e^x. */
  public DualNumber exp() {
    double e = Math.exp(value);
    return chain(e, e);
  }

  /** The logistic function 1 / (1 + e^-x). */
  public DualNumber sigmoid() {
    double s = Numerics.sigmoid(value);
    return chain(s, s * Numerics.sigmoid(-value));
  }

  /** log(sigmoid(x)), stable for every x. */
  public DualNumber logSigmoid() {
    return chain(Numerics.logSigmoid(value), Numerics.sigmoid(-value));
  }

  /** log(1 - e^x) for x &lt; 0, stable at both ends. */
  public DualNumber log1mExp() {
    return chain(Numerics.log1mExp(value), -1 / Math.expm1(-value));
  }

  /** max(0, x), with derivative 0 at the kink. */
  public DualNumber relu() {
    return value > 0 ? this : constant(0);
  }

  /** min(x, limit), with derivative 1 up to and at the limit and 0 beyond it. */
  public DualNumber clampMax(double limit) {
    return value <= limit ? this : constant(limit);
  }

  private DualNumber chain(double newValue, double derivative) {
    return new DualNumber(newValue, derivative * byChosen, derivative * byRejected);
  }
}
