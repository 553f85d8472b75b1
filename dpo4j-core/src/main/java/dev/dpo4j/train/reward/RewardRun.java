/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;

/**
 * One run of reward training, from a model and tokenised pairs to a folder with the reward model.
 *
 * <p>The model's weights are changed in place.
 */
public final class RewardRun {
  private RewardRun() {}

  /**
   * What a run works on.
   *
   * @param model the model that is trained, loaded for rewards
   * @param train training pairs, tokenised as whole sequences
   * @param eval held-out pairs, or null for none
   */
  public record Parts(
      LanguageModel model, PreferenceDataset train, @Nullable PreferenceDataset eval) {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.data.row.DataException if the data have a column that the loss does not read
   */
  public static TrainingRun of(Parts parts, RewardRunConfig config, RunHooks hooks) {
    return new TrainingRun(config, parts.model(), new RewardMethod(parts, config), hooks);
  }
}
