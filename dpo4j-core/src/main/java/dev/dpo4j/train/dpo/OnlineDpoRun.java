/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.train.rollout.RolloutParts;
import dev.dpo4j.train.run.RunHooks;
import dev.dpo4j.train.run.TrainingRun;

/**
 * One run of online DPO, from a model, prompts and rewards to a folder with the trained model.
 *
 * <p>The model's weights are changed in place.
 */
public final class OnlineDpoRun {
  private OnlineDpoRun() {}

  /**
   * Prepares a run; nothing is computed yet.
   *
   * @param hooks what the program brings to the run
   * @throws dev.dpo4j.data.row.DataException if a prompt leaves no room for an answer
   */
  public static TrainingRun of(RolloutParts parts, OnlineDpoRunConfig config, RunHooks hooks) {
    return new TrainingRun(config, parts.policy(), new OnlineDpoMethod(parts, config), hooks);
  }
}
