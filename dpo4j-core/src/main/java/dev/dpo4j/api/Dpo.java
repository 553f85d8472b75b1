/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.api;

import dev.dpo4j.loss.pair.DpoLoss;
import dev.dpo4j.nn.LogProbs;
import dev.dpo4j.tensor.Tensor;

/** The two formulas of Direct Preference Optimization (arXiv 2305.18290) as pure functions. */
public final class Dpo {
  private Dpo() {}

  /**
   * Sums the log-probabilities of answer tokens; see {@link LogProbs#computeLogProbs}.
   *
   * @param logits {@code [batch, length, vocabulary]}
   * @param labels token ids, {@code [batch, length]}
   * @param mask not zero at answer tokens, {@code [batch, length]}
   * @return {@code [batch]}, nats
   */
  public static double[] computeLogProbs(Tensor logits, Tensor labels, Tensor mask) {
    return LogProbs.computeLogProbs(logits, labels, mask);
  }

  /**
   * Computes {@code -log sigmoid(beta * ((policyChosen - referenceChosen) - (policyRejected -
   * referenceRejected)))} for each pair, with the implicit rewards; equation 7 of the paper.
   *
   * @param policyChosen summed log-probability of each chosen answer under the policy, nats
   * @param policyRejected the same for the rejected answers
   * @param referenceChosen the same under the reference
   * @param referenceRejected the same for the rejected answers under the reference
   * @param beta strength of the pull towards the reference, positive
   */
  public static DpoLoss dpoLoss(
      double[] policyChosen,
      double[] policyRejected,
      double[] referenceChosen,
      double[] referenceRejected,
      double beta) {
    return DpoLoss.dpoLoss(policyChosen, policyRejected, referenceChosen, referenceRejected, beta);
  }
}
