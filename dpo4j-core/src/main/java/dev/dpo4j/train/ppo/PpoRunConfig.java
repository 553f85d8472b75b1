/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.train.rollout.RolloutRunConfig;

/** What a run of PPO is configured with. */
public interface PpoRunConfig extends RolloutRunConfig {
  /** How advantages are made and learnt from. */
  PpoOptions ppo();

  @Override
  default int maxCompletionLength() {
    return ppo().responseLength();
  }

  @Override
  default String lengthOption() {
    return "response_length";
  }
}
