/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How much of a prompt and an answer is kept, as TRL 0.28.0 cuts them.
 *
 * <p>First a prompt keeps its last {@code maxPromptLength} tokens and an answer its first {@code
 * maxCompletionLength}; then of both together the first or the last {@code maxLength} are kept.
 *
 * @param maxLength most tokens of prompt and answer together, or null for no limit
 * @param maxPromptLength most tokens of a prompt, or null for no limit
 * @param maxCompletionLength most tokens of an answer, or null for no limit
 * @param keepEnd whether the end of a sequence is kept instead of its start
 */
public record LengthLimits(
    @Nullable Integer maxLength,
    @Nullable Integer maxPromptLength,
    @Nullable Integer maxCompletionLength,
    boolean keepEnd) {
  public LengthLimits {
    requirePositive("max_length", maxLength);
    requirePositive("max_prompt_length", maxPromptLength);
    requirePositive("max_completion_length", maxCompletionLength);
  }

  private static void requirePositive(String name, @Nullable Integer limit) {
    if (limit != null && limit < 1) {
      throw new IllegalArgumentException(name + " must be at least 1 but was " + limit);
    }
  }

  /** Limits whole sequences alone, of which the start is kept; null for no limit. */
  public static LengthLimits ofMaxLength(@Nullable Integer maxLength) {
    return new LengthLimits(maxLength, null, null, false);
  }

  /**
   * What is left of a prompt and an answer.
   *
   * @param prompt ids before the answer
   * @param answer ids of the answer
   */
  @SuppressWarnings("ArrayRecordComponent") // arrays of a row on their way; never compared
  public record Cut(int[] prompt, int[] answer) {
    /** Tokens whose probability can be computed: nothing predicts the first of a sequence. */
    public int scored() {
      return prompt.length == 0 ? Math.max(0, answer.length - 1) : answer.length;
    }
  }

  /** The last tokens of a prompt; the same array where nothing is cut. */
  public int[] prompt(int[] ids) {
    Integer most = maxPromptLength;
    return most == null || ids.length <= most
        ? ids
        : Arrays.copyOfRange(ids, ids.length - most, ids.length);
  }

  /** The first tokens of an answer; the same array where nothing is cut. */
  public int[] completion(int[] ids) {
    Integer most = maxCompletionLength;
    return most == null || ids.length <= most ? ids : Arrays.copyOf(ids, most);
  }

  /** Whether such a prompt leaves no room for an answer. */
  public boolean isFilledBy(int[] prompt) {
    return maxLength != null && !keepEnd && prompt.length >= maxLength;
  }

  /** Cuts a prompt and an answer, each cut already by its own limit, to the limit of both. */
  public Cut together(int[] prompt, int[] answer) {
    Integer most = maxLength;
    int tooMany = most == null ? 0 : prompt.length + answer.length - most;
    if (tooMany <= 0) {
      return new Cut(prompt, answer);
    } else if (keepEnd) {
      int ofPrompt = Math.min(tooMany, prompt.length);
      return new Cut(
          Arrays.copyOfRange(prompt, ofPrompt, prompt.length),
          Arrays.copyOfRange(answer, tooMany - ofPrompt, answer.length));
    }
    int ofAnswer = Math.min(tooMany, answer.length);
    return new Cut(
        Arrays.copyOf(prompt, prompt.length - (tooMany - ofAnswer)),
        Arrays.copyOf(answer, answer.length - ofAnswer));
  }
}
