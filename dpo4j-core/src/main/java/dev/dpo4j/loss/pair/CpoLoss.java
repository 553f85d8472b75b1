/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;
import java.util.EnumSet;

/**
 * The CPO loss: a preference term without a reference, and the chosen answers' log-loss.
 *
 * <p>Loss of a pair: -log σ(β (lc - lr)) + α NLL.
 *
 * <p>Gradient: by lc - lr it is -β σ(-β (lc - lr)); the log-loss adds -α/T to every token of the T
 * chosen ones.
 *
 * <p>Beta: scale of the difference of log-probabilities; 0.1 in the paper.
 *
 * <p>At the first step: depends on the model, since there is no reference.
 *
 * <p>Use it where memory allows no reference model and the chosen answers are good.
 *
 * <p>Avoid it where lengths are uneven: the sums favour short answers (see simpo).
 *
 * <p>Xu et al. 2024, "Contrastive Preference Optimization: Pushing the Boundaries of LLM
 * Performance in Machine Translation", arXiv 2401.08417, equation 3; smoothed labels as in cdpo.
 *
 * @param beta scale of the difference of log-probabilities
 * @param labelSmoothing ε, the chance that a label is wrong
 */
public record CpoLoss(double beta, double labelSmoothing) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "cpo",
          "The CPO loss: a preference term without a reference, and the chosen "
              + "answers' log-loss.",
          "-log σ(β (lc - lr)) + α NLL",
          "by lc - lr it is -β σ(-β (lc - lr)); the log-loss adds -α/T to every token"
              + " of the T chosen ones.",
          "scale of the difference of log-probabilities; 0.1 in the paper.",
          "depends on the model, since there is no reference.",
          "Xu et al. 2024, \"Contrastive Preference Optimization: Pushing the "
              + "Boundaries of LLM Performance in Machine Translation\", arXiv 2401.08417, "
              + "equation 3; smoothed labels as in cdpo.",
          "where memory allows no reference model and the chosen answers are good.",
          "where lengths are uneven: the sums favour short answers (see simpo).",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.MARGIN,
              LossOption.CPO_ALPHA,
              LossOption.LABEL_SMOOTHING),
          ImplicitReward.LOG_PROB);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber delta = pair.policyChosen().minus(pair.policyRejected());
    return CdpoLoss.smoothed(delta.times(beta).minus(pair.margin()), labelSmoothing);
  }
}
