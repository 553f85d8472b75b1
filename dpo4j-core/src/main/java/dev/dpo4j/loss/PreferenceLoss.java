/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

/**
 * A preference loss: a pure function of the log-probabilities of a batch of pairs.
 *
 * <p>Most losses judge each pair by itself ({@link PairLoss}); some compare the pairs of a batch
 * with each other ({@link BatchLoss}) and are therefore computed over the optimizer's batch.
 */
public interface PreferenceLoss {

  /** The loss of each pair and its gradient by the policy's log-probabilities. */
  LossResult apply(PairLogps batch);
}
