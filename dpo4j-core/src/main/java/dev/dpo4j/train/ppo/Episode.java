/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.ppo;

import dev.dpo4j.train.rollout.RolloutSample;

/**
 * One answer that the policy gave, of one token at least.
 *
 * @param sample prompt and answer
 * @param score its reward
 */
record Episode(RolloutSample sample, double score) {

  int[] prompt() {
    return sample.prompt().ids();
  }

  int[] answer() {
    return sample.completion().ids();
  }

  int tokens() {
    return answer().length;
  }

  /** Whether it came to its end by itself. */
  boolean ended() {
    return sample.completion().ended();
  }

  /**
   * Places that have a value: one before each token, and one behind the last where the answer is
   * shorter than the longest of its rollout, as in TRL.
   */
  int places(int longest) {
    return Math.min(tokens() + 1, longest);
  }
}
