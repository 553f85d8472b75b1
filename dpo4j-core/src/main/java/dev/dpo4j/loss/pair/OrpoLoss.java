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
 * The ORPO loss: the chosen answers' log-loss and the odds ratio of the two answers.
 *
 * <p>Loss of a pair: NLL - β log σ(log odds(yc) - log odds(yr)) with log odds(y) = l/|y| - log(1 -
 * exp(l/|y|)).
 *
 * <p>Gradient: by the log odds ratio h the second term has -β σ(-h); near certainty the odds change
 * faster than the log-probability, and above a mean log-probability of -1e-5, where they have no
 * bound, they go on along their tangent.
 *
 * <p>Beta: weight of the odds-ratio term, the paper's λ; 0.1 to 0.25.
 *
 * <p>At the first step: depends on the model, since there is no reference.
 *
 * <p>Use it to train a base model on preferences in one stage, without SFT before it.
 *
 * <p>Avoid it on a model that is already tuned to the chosen answers: most of the loss is SFT.
 *
 * <p>Hong et al. 2024, "ORPO: Monolithic Preference Optimization without Reference Model", arXiv
 * 2403.07691, equations 6 and 7, with the log-loss over answer tokens.
 *
 * @param beta weight of the odds-ratio term
 */
public record OrpoLoss(double beta) implements PairLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "orpo",
          "The ORPO loss: the chosen answers' log-loss and the odds ratio of the two " + "answers.",
          "NLL - β log σ(log odds(yc) - log odds(yr)) with log odds(y) = l/|y| - "
              + "log(1 - exp(l/|y|))",
          "by the log odds ratio h the second term has -β σ(-h); near certainty the "
              + "odds change faster than the log-probability, and above a mean log-probability "
              + "of -1e-5, where they have no bound, they go on along their tangent.",
          "weight of the odds-ratio term, the paper's λ; 0.1 to 0.25.",
          "depends on the model, since there is no reference.",
          "Hong et al. 2024, \"ORPO: Monolithic Preference Optimization without "
              + "Reference Model\", arXiv 2403.07691, equations 6 and 7, with the log-loss "
              + "over answer tokens.",
          "to train a base model on preferences in one stage, without SFT before it.",
          "on a model that is already tuned to the chosen answers: most of the loss " + "is SFT.",
          EnumSet.of(
              LossOption.BETA, LossOption.USE_WEIGHTING, LossOption.WEIGHT, LossOption.P_CHOSEN),
          ImplicitReward.AVERAGE_LOG_PROB);

  /**
   * Mean log-probability from which on an answer counts as certain. What float32 makes of a sum of
   * logits is off by about 1e-6, so that 1 - p cannot be told from 0 much nearer to certainty.
   */
  public static final double CERTAIN = -1e-5;

  /** The derivative of the log odds where an answer becomes certain: 1 / (1 - e^x). */
  private static final double STEEPEST = -1 / Math.expm1(CERTAIN);

  private static final double HIGHEST = CERTAIN - DualNumber.constant(CERTAIN).log1mExp().value();

  private static DualNumber logOdds(DualNumber average) {
    return average.value() <= CERTAIN
        ? average.minus(average.log1mExp())
        : average.minus(CERTAIN).times(STEEPEST).plus(HIGHEST);
  }

  @Override
  public DualNumber loss(Pair pair) {
    DualNumber logOddsRatio = logOdds(pair.chosenAverage()).minus(logOdds(pair.rejectedAverage()));
    return logOddsRatio.logSigmoid().times(-beta);
  }
}
