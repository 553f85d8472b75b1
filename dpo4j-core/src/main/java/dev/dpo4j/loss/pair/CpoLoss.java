/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The CPO loss: a preference term without a reference, and the chosen answers' log-loss.
 *
 * @param beta scale of the difference of log-probabilities
 * @param labelSmoothing ε, the chance that a label is wrong
 */
public record CpoLoss(double beta, double labelSmoothing) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.ofPairs(
          "cpo",
          "-log σ(β (lc - lr)) + α NLL",
          "Xu et al. 2024, \"Contrastive Preference Optimization: Pushing the Boundaries "
              + "of LLM Performance in Machine Translation\", arXiv 2401.08417, equation 3; "
              + "smoothed labels as in cdpo.",
          ImplicitReward.LOG_PROB,
          LossOption.MARGIN,
          LossOption.CPO_ALPHA,
          LossOption.LABEL_SMOOTHING);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber delta = pair.policyChosen().minus(pair.policyRejected());
    return CdpoLoss.smoothed(delta.times(beta).minus(pair.margin()), labelSmoothing);
  }
}
