/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reward;

import dev.dpo4j.train.options.RunConfig;

/** What a run of reward training is configured with. */
public interface RewardRunConfig extends RunConfig {
  /** Which loss is minimised. */
  RewardOptions loss();
}
