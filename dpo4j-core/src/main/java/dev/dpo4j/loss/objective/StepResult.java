/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.objective;

import java.util.Arrays;

/**
 * What a micro-batch contributes to the loss of its optimizer step, and the gradient.
 *
 * <p>All but the rewards is scaled to the step: the shares of the micro-batches add up to the
 * step's loss, the gradients to its gradient.
 *
 * @param loss contribution to the step's loss
 * @param pairLosses contribution of each pair
 * @param dChosen derivative by the chosen answers' log-probabilities as the preference loss sees
 *     them
 * @param dRejected the same for the rejected answers
 * @param dChosenSum derivative by the chosen answers' plain sums of log-probabilities, from the
 *     log-loss
 * @param chosenRewards implicit reward of each chosen answer
 * @param rejectedRewards implicit reward of each rejected answer
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; equality is never asked for
public record StepResult(
    double loss,
    double[] pairLosses,
    double[] dChosen,
    double[] dRejected,
    double[] dChosenSum,
    double[] chosenRewards,
    double[] rejectedRewards) {

  /** The share of some pairs that lie next to each other. */
  public StepResult slice(int from, int to) {
    double[] losses = Arrays.copyOfRange(pairLosses, from, to);
    return new StepResult(
        Arrays.stream(losses).sum(),
        losses,
        Arrays.copyOfRange(dChosen, from, to),
        Arrays.copyOfRange(dRejected, from, to),
        Arrays.copyOfRange(dChosenSum, from, to),
        Arrays.copyOfRange(chosenRewards, from, to),
        Arrays.copyOfRange(rejectedRewards, from, to));
  }
}
