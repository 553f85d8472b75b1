/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/**
 * One preference pair, as a loss sees it.
 *
 * @param policyChosen log-probability of the chosen answer under the policy, a variable
 * @param policyRejected log-probability of the rejected answer under the policy, a variable
 * @param referenceChosen log-probability of the chosen answer under the reference
 * @param referenceRejected log-probability of the rejected answer under the reference
 * @param chosenLength tokens of the chosen answer
 * @param rejectedLength tokens of the rejected answer
 * @param margin by how much the chosen answer's reward is asked to lead, from the row's {@code
 *     margin} column; 0 where there is none
 */
public record Pair(
    DualNumber policyChosen,
    DualNumber policyRejected,
    double referenceChosen,
    double referenceRejected,
    int chosenLength,
    int rejectedLength,
    double margin) {

  /** log π(chosen) - log π_ref(chosen). */
  public DualNumber chosenLogRatio() {
    return policyChosen.minus(referenceChosen);
  }

  /** log π(rejected) - log π_ref(rejected). */
  public DualNumber rejectedLogRatio() {
    return policyRejected.minus(referenceRejected);
  }

  /** The chosen answer's policy log-probability per token. */
  public DualNumber chosenAverage() {
    return perChosenToken(policyChosen);
  }

  /** The rejected answer's policy log-probability per token. */
  public DualNumber rejectedAverage() {
    return perRejectedToken(policyRejected);
  }

  /** A quantity of the chosen answer divided by its tokens; an empty answer counts as one token. */
  public DualNumber perChosenToken(DualNumber quantity) {
    return quantity.times(1.0 / Math.max(1, chosenLength));
  }

  /** A quantity of the rejected answer divided by its tokens; an empty one counts as one token. */
  public DualNumber perRejectedToken(DualNumber quantity) {
    return quantity.times(1.0 / Math.max(1, rejectedLength));
  }

  /** The same pair with another margin asked for. */
  public Pair withMargin(double newMargin) {
    return new Pair(
        policyChosen,
        policyRejected,
        referenceChosen,
        referenceRejected,
        chosenLength,
        rejectedLength,
        newMargin);
  }

  /** The same two answers with the preference turned round; the variables stay what they were. */
  public Pair swapped() {
    return new Pair(
        policyRejected,
        policyChosen,
        referenceRejected,
        referenceChosen,
        rejectedLength,
        chosenLength,
        -margin);
  }
}
