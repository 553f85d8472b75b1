/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.group;

/** A loss of single answers that were sampled from the policy, before they are weighed. */
public interface PolicyLoss {
  /** The loss of an answer, each token with weight 1, or of an answer as a whole. */
  SequenceLoss loss(SequenceLogps answer);

  /** Whether an answer has one ratio, and not one for each token. */
  boolean isOfSequences();
}
