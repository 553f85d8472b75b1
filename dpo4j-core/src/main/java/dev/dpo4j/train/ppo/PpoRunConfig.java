/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.train.options.ReferenceOptions;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.rollout.RolloutOptions;

/** What a run of PPO is configured with. */
public interface PpoRunConfig extends RunConfig {
  /** Which model the policy is held to, and whether that follows it. */
  ReferenceOptions reference();

  /** How answers are sampled. */
  RolloutOptions rollout();

  /** How advantages are made and learnt from. */
  PpoOptions ppo();
}
