/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;

/**
 * One run of PPO, from a policy, a critic, rewards and prompts to a folder with the trained policy.
 *
 * <p>The weights of policy and critic are changed in place.
 */
public final class PpoRun {
  private PpoRun() {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param critic the value model, loaded for rewards; it reads the policy's tokens
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.config.value.ConfigException if the critic reads another vocabulary
   */
  public static TrainingRun of(
      RolloutParts parts, LanguageModel critic, PpoRunConfig config, RunHooks hooks) {
    return new TrainingRun(config, parts.policy(), new PpoMethod(parts, critic, config), hooks);
  }
}
