/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Where a sequence ends for a reward model. */
public final class RewardSequence {
  private RewardSequence() {}

  /**
   * A sequence up to the token whose hidden state is scored: the last one that is no padding.
   *
   * <p>As in transformers, tokens at the end that equal the padding token do not count even where
   * they were written on purpose, such as an end-of-sequence token that also pads. Attention looks
   * back alone, so that the reward is that of the whole sequence.
   *
   * @param pad the model's padding token, or null for none
   */
  public static int[] upToScore(int[] sequence, @Nullable Integer pad) {
    int length = sequence.length;
    while (pad != null && length > 0 && sequence[length - 1] == pad) {
      length--;
    }
    // Of a sequence of padding alone transformers scores the first token.
    return Arrays.copyOf(sequence, Math.min(sequence.length, Math.max(1, length)));
  }

  /** The same of a sequence in two parts. */
  public static int[] upToScore(int[] beginning, int[] end, @Nullable Integer pad) {
    int[] whole = Arrays.copyOf(beginning, beginning.length + end.length);
    System.arraycopy(end, 0, whole, beginning.length, end.length);
    return upToScore(whole, pad);
  }
}
