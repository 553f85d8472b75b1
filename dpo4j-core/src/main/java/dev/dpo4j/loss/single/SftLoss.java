/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.single;

import dev.dpo4j.loss.ImplicitReward;
import dev.dpo4j.loss.LossInfo;
import dev.dpo4j.loss.LossOption;
import dev.dpo4j.loss.LossResult;
import dev.dpo4j.loss.PairLogps;
import dev.dpo4j.loss.PreferenceLoss;
import java.util.Arrays;
import java.util.EnumSet;

/**
 * Supervised fine-tuning on the chosen answers, alone or beside a preference loss.
 *
 * <p>Loss of a pair: -Σ log p(token) / T over the T tokens of all chosen answers of the optimizer
 * batch.
 *
 * <p>Gradient: by the log-probability of each chosen token it is -1/T; rejected answers have none.
 *
 * <p>Beta: none in the loss; it scales the rewards in the metrics.
 *
 * <p>At the first step: the model's log-loss on the chosen answers.
 *
 * <p>Use it beside a preference loss, to keep chosen answers likely; loss_weights sets how much.
 *
 * <p>Avoid it alone, where preferences are the point: it never looks at rejected answers.
 *
 * <p>The log-loss of Ouyang et al. 2022, "Training language models to follow instructions with
 * human feedback", arXiv 2203.02155, and the third term of MPO, Wang et al. 2024, arXiv 2411.10442.
 *
 * @param normalization what the sum of the log-probabilities is divided by
 */
public record SftLoss(SftNormalization normalization) implements PreferenceLoss {

  /** What {@code explain} says of this loss. */
  public static final LossInfo INFO =
      new LossInfo(
          "sft",
          "Supervised fine-tuning on the chosen answers, alone or beside a preference" + " loss.",
          "-Σ log p(token) / T over the T tokens of all chosen answers of the " + "optimizer batch",
          "by the log-probability of each chosen token it is -1/T; rejected answers "
              + "have none.",
          "none in the loss; it scales the rewards in the metrics.",
          "the model's log-loss on the chosen answers.",
          "The log-loss of Ouyang et al. 2022, \"Training language models to follow "
              + "instructions with human feedback\", arXiv 2203.02155, and the third term of"
              + " MPO, Wang et al. 2024, arXiv 2411.10442.",
          "beside a preference loss, to keep chosen answers likely; loss_weights sets"
              + " how much.",
          "alone, where preferences are the point: it never looks at rejected " + "answers.",
          EnumSet.of(LossOption.WEIGHT),
          ImplicitReward.LOG_RATIO);

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
