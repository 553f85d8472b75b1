/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import java.util.Arrays;

/**
 * The log-probabilities of a batch of preference pairs: all that a preference loss sees of a model.
 *
 * <p>Every array has one entry a pair, in the order of the batch. A log-probability is that of a
 * whole answer given its prompt, in nats: the sum over the answer's tokens. Without a reference
 * model the reference's entries are zero.
 *
 * @param policyChosen log-probability of the chosen answer under the model in training
 * @param policyRejected log-probability of the rejected answer under the model in training
 * @param referenceChosen log-probability of the chosen answer under the frozen reference
 * @param referenceRejected log-probability of the rejected answer under the frozen reference
 * @param chosenLengths tokens of the chosen answer, its end token included
 * @param rejectedLengths tokens of the rejected answer, its end token included
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; equality is never asked for
public record PairLogps(
    double[] policyChosen,
    double[] policyRejected,
    double[] referenceChosen,
    double[] referenceRejected,
    int[] chosenLengths,
    int[] rejectedLengths) {

  /**
   * Checks that all arrays tell of the same number of pairs.
   *
   * @throws IllegalArgumentException if the lengths differ
   */
  public PairLogps {
    int pairs = policyChosen.length;
    if (policyRejected.length != pairs
        || referenceChosen.length != pairs
        || referenceRejected.length != pairs
        || chosenLengths.length != pairs
        || rejectedLengths.length != pairs) {
      throw new IllegalArgumentException(
          "A batch of pairs needs six arrays of one length, but found policyChosen "
              + policyChosen.length
              + ", policyRejected "
              + policyRejected.length
              + ", referenceChosen "
              + referenceChosen.length
              + ", referenceRejected "
              + referenceRejected.length
              + ", chosenLengths "
              + chosenLengths.length
              + ", rejectedLengths "
              + rejectedLengths.length);
    }
  }

  /** A batch for a loss without a reference model. */
  public static PairLogps withoutReference(
      double[] policyChosen, double[] policyRejected, int[] chosenLengths, int[] rejectedLengths) {
    return new PairLogps(
        policyChosen,
        policyRejected,
        new double[policyChosen.length],
        new double[policyChosen.length],
        chosenLengths,
        rejectedLengths);
  }

  /** A batch for a loss that does not look at lengths; every answer counts as one token. */
  public static PairLogps withoutLengths(
      double[] policyChosen,
      double[] policyRejected,
      double[] referenceChosen,
      double[] referenceRejected) {
    int[] ones = new int[policyChosen.length];
    Arrays.fill(ones, 1);
    return new PairLogps(
        policyChosen, policyRejected, referenceChosen, referenceRejected, ones, ones);
  }

  /** The number of pairs. */
  public int size() {
    return policyChosen.length;
  }

  /** Pair {@code i} with the policy's log-probabilities as the variables. */
  public Pair pair(int i) {
    return new Pair(
        DualNumber.chosen(policyChosen[i]),
        DualNumber.rejected(policyRejected[i]),
        referenceChosen[i],
        referenceRejected[i],
        chosenLengths[i],
        rejectedLengths[i],
        0);
  }
}
