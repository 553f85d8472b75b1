/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.FDivergence;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;
import java.util.EnumSet;

/**
 * The DPO loss of log-ratios per token.
 *
 * <p>Loss of a pair: -log σ(β (s(Lc)/|yc| - s(Lr)/|yr|)).
 *
 * <p>Gradient: by the per-token margin h it is -β σ(-β h); a token of a long answer counts less.
 *
 * <p>Beta: as for sigmoid, but per token: a useful β is larger by about the length of an answer.
 *
 * <p>At the first step: log 2 = 0.693.
 *
 * <p>Use it where longer answers are preferred and the model must not learn length alone.
 *
 * <p>Avoid it with a β chosen for sigmoid: 0.1 per token is nearly no pull at all.
 *
 * <p>The length-normalized DPO loss of Lambert et al. 2024, "Tulu 3: Pushing Frontiers in Open
 * Language Model Post-Training", arXiv 2411.15124.
 *
 * @param beta strength of the tie to the reference
 * @param divergence divergence between policy and reference
 */
public record SigmoidNormLoss(double beta, FDivergence divergence) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "sigmoid_norm",
          "The DPO loss of log-ratios per token.",
          "-log σ(β (s(Lc)/|yc| - s(Lr)/|yr|))",
          "by the per-token margin h it is -β σ(-β h); a token of a long answer " + "counts less.",
          "as for sigmoid, but per token: a useful β is larger by about the length of"
              + " an answer.",
          "log 2 = 0.693.",
          "The length-normalized DPO loss of Lambert et al. 2024, \"Tulu 3: Pushing "
              + "Frontiers in Open Language Model Post-Training\", arXiv 2411.15124.",
          "where longer answers are preferred and the model must not learn length " + "alone.",
          "with a β chosen for sigmoid: 0.1 per token is nearly no pull at all.",
          EnumSet.of(
              LossOption.BETA,
              LossOption.LD_ALPHA,
              LossOption.USE_WEIGHTING,
              LossOption.WEIGHT,
              LossOption.P_CHOSEN,
              LossOption.F_DIVERGENCE_TYPE,
              LossOption.F_ALPHA_DIVERGENCE_COEF,
              LossOption.MARGIN),
          ImplicitReward.LOG_RATIO);

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber chosen = pair.perChosenToken(divergence.score(pair.chosenLogRatio()));
    DualNumber rejected = pair.perRejectedToken(divergence.score(pair.rejectedLogRatio()));
    return chosen.minus(rejected).times(beta).minus(pair.margin()).logSigmoid().negate();
  }
}
