/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate.speculate;

import java.util.Arrays;

/**
 * Guesses that what followed the last tokens when they stood there before follows them again.
 *
 * <p>It costs nothing and helps where answers quote their prompt: summaries, edits, code. The name
 * and the number are those of transformers ({@code prompt_lookup_num_tokens}); the last occurrence
 * is taken where transformers takes the first.
 */
public final class PromptLookup implements Guesser {
  /** Tokens that must be the same before a guess, at most; fewer are tried after that. */
  private static final int LONGEST_MATCH = 3;

  private static final int SEQUENCES = 8;

  private final int tokens;

  /**
   * Makes one.
   *
   * @param tokens the most tokens that are guessed at a time, at least 1
   */
  public PromptLookup(int tokens) {
    if (tokens < 1) {
      throw new IllegalArgumentException(
          "prompt_lookup_num_tokens must be at least 1 but was " + tokens);
    }
    this.tokens = tokens;
  }

  @Override
  public int[] guess(int[] sequence, int most) {
    int length = Math.min(tokens, most);
    for (int match = Math.min(LONGEST_MATCH, sequence.length - 1); match > 0; match--) {
      int end = sequence.length - match;
      for (int start = end - 1; start >= 0; start--) {
        if (Arrays.equals(sequence, start, start + match, sequence, end, sequence.length)) {
          int from = start + match;
          return Arrays.copyOfRange(sequence, from, Math.min(from + length, sequence.length));
        }
      }
    }
    return new int[0];
  }

  @Override
  public int sequences() {
    return SEQUENCES;
  }

  @Override
  public void close() {}
}
