/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.single;

/**
 * The log-probabilities of a batch of single answers, each judged good or bad.
 *
 * @param policy log-probability of each answer under the model in training, nats
 * @param reference log-probability of each answer under the frozen reference, nats
 * @param desirable whether the answer is a good one
 */
@SuppressWarnings("ArrayRecordComponent") // numbers on the hot path; equality is never asked for
public record UnpairedLogps(double[] policy, double[] reference, boolean[] desirable) {

  /**
   * Checks that all arrays tell of the same answers.
   *
   * @throws IllegalArgumentException if the lengths differ
   */
  public UnpairedLogps {
    if (reference.length != policy.length || desirable.length != policy.length) {
      throw new IllegalArgumentException(
          "A batch of answers needs three arrays of one length, but found policy %d, reference %d, desirable %d"
              .formatted(policy.length, reference.length, desirable.length));
    }
  }

  /** The number of answers. */
  public int size() {
    return policy.length;
  }
}
