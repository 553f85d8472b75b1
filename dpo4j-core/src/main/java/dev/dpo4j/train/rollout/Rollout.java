/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import java.util.List;

/**
 * Answers with their rewards.
 *
 * @param samples the answers; those to one prompt stand side by side
 * @param rewards what they are worth, in the same order
 */
public record Rollout(List<RolloutSample> samples, RewardTable rewards) {
  public Rollout {
    samples = List.copyOf(samples);
  }

  /** Tokens of all prompts, each counted once an answer, and of all answers. */
  public long tokens() {
    return samples.stream()
        .mapToLong(sample -> (long) sample.prompt().ids().length + sample.completion().ids().length)
        .sum();
  }
}
