/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RewardSequenceTest {
  @Test
  void aSequenceWithoutPaddingIsScoredAtItsLastToken() {
    assertThat(RewardSequence.upToScore(new int[] {5, 6, 7}, 0)).containsExactly(5, 6, 7);
    assertThat(RewardSequence.upToScore(new int[] {5, 0, 7}, 0)).containsExactly(5, 0, 7);
    assertThat(RewardSequence.upToScore(new int[] {5, 6, 0}, null)).containsExactly(5, 6, 0);
  }

  @Test
  void anEndOfSequenceTokenThatAlsoPadsIsNotScored() {
    assertThat(RewardSequence.upToScore(new int[] {5, 6, 2, 2}, 2)).containsExactly(5, 6);
  }

  @Test
  void ofPaddingAloneTheFirstTokenIsScored() {
    assertThat(RewardSequence.upToScore(new int[] {2, 2}, 2)).containsExactly(2);
  }

  @Test
  void theEndOfAPromptIsScoredWhereTheAnswerIsPadding() {
    assertThat(RewardSequence.upToScore(new int[] {5, 6}, new int[] {2}, 2)).containsExactly(5, 6);
  }
}
