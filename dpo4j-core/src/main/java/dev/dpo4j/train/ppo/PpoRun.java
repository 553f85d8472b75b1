/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.rollout.RolloutSource;
import dev.dpo4j.train.rollout.WeightedReward;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run of PPO, from a policy, a critic, rewards and prompts to a folder with the trained policy.
 *
 * <p>The weights of policy and critic are changed in place.
 */
public final class PpoRun {
  private PpoRun() {}

  /**
   * What a run works on.
   *
   * @param policy the model that is trained
   * @param reference what it is held to, or null for the policy as it is before training
   * @param critic the value model, loaded for rewards; it reads the policy's tokens
   * @param rewards what judges answers, at least one; the run closes them
   * @param train prompts to answer
   * @param eval held-out prompts, or null for none
   * @param source where answers come from, or null for the policy
   */
  public record Parts(
      LanguageModel policy,
      @Nullable LanguageModel reference,
      LanguageModel critic,
      List<WeightedReward> rewards,
      PromptDataset train,
      @Nullable PromptDataset eval,
      @Nullable RolloutSource source) {
    public Parts {
      rewards = List.copyOf(rewards);
    }
  }

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.config.value.ConfigException if the critic reads another vocabulary
   */
  public static TrainingRun of(Parts parts, PpoRunConfig config, RunHooks hooks) {
    return new TrainingRun(config, parts.policy(), new PpoMethod(parts, config), hooks);
  }
}
