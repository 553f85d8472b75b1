/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.grpo;

import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;

/**
 * One run of GRPO or RLOO, from a model, prompts and rewards to a folder with the trained model.
 *
 * <p>The model's weights are changed in place.
 */
public final class GroupRun {
  private GroupRun() {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.data.row.DataException if a prompt leaves no room for an answer
   * @throws dev.dpo4j.config.value.ConfigException if there are too few prompts for a rollout
   */
  public static TrainingRun of(RolloutParts parts, GroupRunConfig config, RunHooks hooks) {
    return new TrainingRun(config, parts.policy(), new GroupMethod(parts, config), hooks);
  }
}
