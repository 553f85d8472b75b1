/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.finding;

/**
 * Log-probabilities of both answers of a pair under a reference model.
 *
 * @param chosen summed over the tokens of the chosen answer, nats
 * @param rejected summed over the tokens of the rejected answer, nats
 * @param chosenTokens scored tokens of the chosen answer
 * @param rejectedTokens scored tokens of the rejected answer
 */
public record PairScore(double chosen, double rejected, int chosenTokens, int rejectedTokens) {

  /** Returns by how much the chosen answer is likelier, nats. */
  public double margin() {
    return chosen - rejected;
  }

  /** Returns by how much the chosen answer is likelier per token, nats. */
  public double marginPerToken() {
    return perToken(chosen, chosenTokens) - perToken(rejected, rejectedTokens);
  }

  public static double perToken(double sum, int tokens) {
    return tokens == 0 ? 0 : sum / tokens;
  }
}
