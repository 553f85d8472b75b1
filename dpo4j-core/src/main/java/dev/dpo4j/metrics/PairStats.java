/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import dev.dpo4j.nn.TokenStats;

/**
 * What the metrics keep of one preference pair.
 *
 * @param chosenLogp log-probability of the chosen answer as the loss sees it, nats
 * @param rejectedLogp log-probability of the rejected answer as the loss sees it, nats
 * @param chosenReward implicit reward of the chosen answer
 * @param rejectedReward implicit reward of the rejected answer
 * @param chosenTokens scored tokens of the chosen answer
 * @param rejectedTokens scored tokens of the rejected answer
 * @param entropySum sum of the entropies over the scored tokens of both answers, nats
 * @param chosenLogitSum sum of the mean logits over the chosen answer's scored tokens
 * @param rejectedLogitSum sum of the mean logits over the rejected answer's scored tokens
 * @param chosenCorrect scored tokens of the chosen answer that the model puts first
 * @param chosenShift what the chosen answer's log-probability, every token counted fully, has
 *     gained against the reference, nats; NaN without a reference
 */
public record PairStats(
    double chosenLogp,
    double rejectedLogp,
    double chosenReward,
    double rejectedReward,
    int chosenTokens,
    int rejectedTokens,
    double entropySum,
    double chosenLogitSum,
    double rejectedLogitSum,
    int chosenCorrect,
    double chosenShift) {

  /** Keeps what the metrics need of a scored pair. */
  public static PairStats of(
      TokenStats chosen,
      TokenStats rejected,
      double chosenLogp,
      double rejectedLogp,
      double chosenReward,
      double rejectedReward) {
    return new PairStats(
        chosenLogp,
        rejectedLogp,
        chosenReward,
        rejectedReward,
        chosen.tokens(),
        rejected.tokens(),
        chosen.entropySum() + rejected.entropySum(),
        chosen.logitSum(),
        rejected.logitSum(),
        chosen.correctTokens(),
        Double.NaN);
  }

  /** The same pair with what its chosen answer has gained against the reference. */
  public PairStats withChosenShift(double shift) {
    return new PairStats(
        chosenLogp,
        rejectedLogp,
        chosenReward,
        rejectedReward,
        chosenTokens,
        rejectedTokens,
        entropySum,
        chosenLogitSum,
        rejectedLogitSum,
        chosenCorrect,
        shift);
  }
}
