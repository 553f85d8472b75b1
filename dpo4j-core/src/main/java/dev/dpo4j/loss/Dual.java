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
public record Dual(double value, double byChosen, double byRejected) {

  /** A number that does not depend on the policy. */
  public static Dual constant(double value) {
    return new Dual(value, 0, 0);
  }

  /** The policy's log-probability of the chosen answer. */
  public static Dual chosen(double logp) {
    return new Dual(logp, 1, 0);
  }

  /** The policy's log-probability of the rejected answer. */
  public static Dual rejected(double logp) {
    return new Dual(logp, 0, 1);
  }

  public Dual plus(Dual other) {
    return new Dual(value + other.value, byChosen + other.byChosen, byRejected + other.byRejected);
  }

  public Dual plus(double constant) {
    return new Dual(value + constant, byChosen, byRejected);
  }

  public Dual minus(Dual other) {
    return new Dual(value - other.value, byChosen - other.byChosen, byRejected - other.byRejected);
  }

  public Dual minus(double constant) {
    return new Dual(value - constant, byChosen, byRejected);
  }

  public Dual times(Dual other) {
    return new Dual(
        value * other.value,
        byChosen * other.value + value * other.byChosen,
        byRejected * other.value + value * other.byRejected);
  }

  public Dual times(double factor) {
    return new Dual(value * factor, byChosen * factor, byRejected * factor);
  }

  public Dual negate() {
    return times(-1);
  }

  /** x². */
  public Dual square() {
    return times(this);
  }

  /** e^x. */
  public Dual exp() {
    double e = Math.exp(value);
    return chain(e, e);
  }

  /** The logistic function 1 / (1 + e^-x). */
  public Dual sigmoid() {
    double s = Numerics.sigmoid(value);
    return chain(s, s * Numerics.sigmoid(-value));
  }

  /** log(sigmoid(x)), stable for every x. */
  public Dual logSigmoid() {
    return chain(Numerics.logSigmoid(value), Numerics.sigmoid(-value));
  }

  /** log(1 - e^x) for x &lt; 0, stable at both ends. */
  public Dual log1mExp() {
    return chain(Numerics.log1mExp(value), -1 / Math.expm1(-value));
  }

  /** max(0, x), with derivative 0 at the kink. */
  public Dual relu() {
    return value > 0 ? this : constant(0);
  }

  /** min(x, limit), with derivative 1 up to and at the limit and 0 beyond it. */
  public Dual clampMax(double limit) {
    return value <= limit ? this : constant(limit);
  }

  private Dual chain(double newValue, double derivative) {
    return new Dual(newValue, derivative * byChosen, derivative * byRejected);
  }
}
