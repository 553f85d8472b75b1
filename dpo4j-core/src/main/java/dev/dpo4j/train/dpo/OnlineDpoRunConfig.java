/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.loss.objective.LossOptions;
import dev.dpo4j.train.rollout.RolloutRunConfig;

/** What a run of online DPO is configured with. */
public interface OnlineDpoRunConfig extends RolloutRunConfig {
  /** Most tokens of an answer where nothing else is said. */
  int DEFAULT_LENGTH = 64;

  /** How pairs are made of them. */
  OnlineOptions online();

  /** Which loss is minimised. */
  LossOptions loss();

  @Override
  default int maxCompletionLength() {
    Integer most = dataset().maxCompletionLength();
    return most == null ? DEFAULT_LENGTH : most;
  }
}
