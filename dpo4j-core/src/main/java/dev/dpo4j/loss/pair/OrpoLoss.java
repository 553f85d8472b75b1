/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.Pair;
import dev.dpo4j.loss.PairLoss;

/**
 * The ORPO loss: the chosen answers' log-loss and the odds ratio of the two answers.
 *
 * @param beta weight of the odds-ratio term
 */
public record OrpoLoss(double beta) implements PairLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.of(
          "orpo",
          "NLL - β log σ(log odds(yc) - log odds(yr)) with log odds(y) = l/|y| - log(1 - "
              + "exp(l/|y|))",
          "Hong et al. 2024, \"ORPO: Monolithic Preference Optimization without Reference "
              + "Model\", arXiv 2403.07691, equations 6 and 7, with the log-loss over answer "
              + "tokens.",
          ImplicitReward.AVERAGE_LOG_PROB,
          LossOption.BETA,
          LossOption.USE_WEIGHTING,
          LossOption.WEIGHT,
          LossOption.P_CHOSEN);

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
