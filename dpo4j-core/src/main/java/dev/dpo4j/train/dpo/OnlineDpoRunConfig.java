/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import dev.dpo4j.loss.objective.LossOptions;
import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.rollout.RolloutOptions;

/** What a run of online DPO is configured with. */
public interface OnlineDpoRunConfig extends RunConfig {
  /** Most tokens of an answer where nothing else is said. */
  int DEFAULT_LENGTH = 64;

  /** How answers are sampled. */
  RolloutOptions rollout();

  /** How pairs are made of them. */
  OnlineOptions online();

  /** Where the log-probabilities of the reference come from. */
  ReferenceOptions reference();

  /** Which loss is minimised. */
  LossOptions loss();

  /** Most tokens of an answer. */
  default int maxCompletionLength() {
    Integer most = dataset().maxCompletionLength();
    return most == null ? DEFAULT_LENGTH : most;
  }
}
