/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.single;

import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.PreferenceLoss;
import java.util.Arrays;

/**
 * Supervised fine-tuning on the chosen answers, alone or beside a preference loss.
 *
 * @param normalization what the sum of the log-probabilities is divided by
 */
public record SftLoss(SftNormalization normalization) implements PreferenceLoss {

  /** Formula, paper and what the loss looks at; the prose is a resource. */
  public static final LossInfo INFO =
      LossInfo.of(
          "sft",
          "-Σ log p(token) / T over the T tokens of all chosen answers of the optimizer " + "batch",
          "The log-loss of Ouyang et al. 2022, \"Training language models to follow "
              + "instructions with human feedback\", arXiv 2203.02155, and the third term of "
              + "MPO, Wang et al. 2024, arXiv 2411.10442.",
          ImplicitReward.LOG_RATIO,
          LossOption.WEIGHT);

  /**
   * {@inheritDoc}
   *
   * <p>The entries are those of the mean loss repeated for every pair, so that their mean is the
   * loss.
   */
  @Override
  public LossResult apply(PairLogps batch) {
    int pairs = batch.size();
    double tokens = 0;
    for (int length : batch.chosenLengths()) {
      tokens += Math.max(1, length);
    }
    LossResult result = LossResult.zeros(pairs);
    double mean = 0;
    for (int i = 0; i < pairs; i++) {
      double perNat =
          switch (normalization) {
            case TOKEN_MEAN -> 1 / tokens;
            case SEQUENCE_MEAN -> 1.0 / Math.max(1, batch.chosenLengths()[i]) / pairs;
            case SUM -> 1.0 / pairs;
          };
      mean -= perNat * batch.policyChosen()[i];
      result.dChosen()[i] = -perNat * pairs;
    }
    Arrays.fill(result.losses(), mean);
    return result;
  }
}
