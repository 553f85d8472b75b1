/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.PairLogps;

/**
 * The DPO loss of a batch with its implicit rewards, as a plain function.
 *
 * <p>This is the function of the DPO paper's appendix B; the trainer's numbers equal its numbers.
 *
 * @param losses -log σ(chosenReward - rejectedReward), one a pair
 * @param chosenRewards β [log π(y_w) - log π_ref(y_w)], one a pair
 * @param rejectedRewards β [log π(y_l) - log π_ref(y_l)], one a pair
 */
@SuppressWarnings("ArrayRecordComponent") // a result to read from; equality is never asked for
public record DpoLoss(double[] losses, double[] chosenRewards, double[] rejectedRewards) {

  /**
   * Computes the DPO loss from the log-probabilities of whole answers, in nats.
   *
   * @param policyChosen log π(y_w | x) of each pair
   * @param policyRejected log π(y_l | x) of each pair
   * @param referenceChosen log π_ref(y_w | x) of each pair
   * @param referenceRejected log π_ref(y_l | x) of each pair
   * @param beta strength of the tie to the reference, greater than 0
   * @throws IllegalArgumentException if the arrays differ in length or beta is not positive
   */
  public static DpoLoss dpoLoss(
      double[] policyChosen,
      double[] policyRejected,
      double[] referenceChosen,
      double[] referenceRejected,
      double beta) {
    if (!(beta > 0)) {
      throw new IllegalArgumentException("beta must be greater than 0, but is " + beta);
    }
    PairLogps batch =
        PairLogps.withoutLengths(policyChosen, policyRejected, referenceChosen, referenceRejected);
    double[] losses = new SigmoidLoss(beta).apply(batch).losses();
    double[] chosenRewards = new double[losses.length];
    double[] rejectedRewards = new double[losses.length];
    for (int i = 0; i < losses.length; i++) {
      chosenRewards[i] = beta * (policyChosen[i] - referenceChosen[i]);
      rejectedRewards[i] = beta * (policyRejected[i] - referenceRejected[i]);
    }
    return new DpoLoss(losses, chosenRewards, rejectedRewards);
  }

  /** The mean of the losses: what a training step minimizes. */
  public double mean() {
    double sum = 0;
    for (double loss : losses) {
      sum += loss;
    }
    return sum / losses.length;
  }
}
