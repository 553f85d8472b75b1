/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.rollout.Rewards;
import dev.dpo4j.train.rollout.RolloutSource;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import org.jspecify.annotations.Nullable;

/**
 * One run of online DPO, from a model, prompts and rewards to a folder with the trained model.
 *
 * <p>The model's weights are changed in place.
 */
public final class OnlineDpoRun {
  private OnlineDpoRun() {}

  /**
   * What a run works on.
   *
   * @param policy the model that is trained
   * @param reference the frozen reference, or null for the policy as it is before training
   * @param train prompts to train on
   * @param eval held-out prompts, or null for none
   * @param rewards what judges the answers; the caller closes it after the run
   * @param source where answers come from, or null to sample them from the policy
   */
  public record Parts(
      LanguageModel policy,
      @Nullable LanguageModel reference,
      PromptDataset train,
      @Nullable PromptDataset eval,
      Rewards rewards,
      @Nullable RolloutSource source) {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.data.row.DataException if a prompt leaves no room for an answer
   */
  public static TrainingRun of(Parts parts, OnlineDpoRunConfig config, RunHooks hooks) {
    return new TrainingRun(config, parts.policy(), new OnlineDpoMethod(parts, config), hooks);
  }
}
