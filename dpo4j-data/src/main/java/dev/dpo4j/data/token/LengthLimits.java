/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How much of a prompt and an answer is kept, as TRL 0.28.0 or LLaMA-Factory cuts them.
 *
 * <p>In TRL, first a prompt keeps its last {@code maxPromptLength} tokens and an answer its first
 * {@code maxCompletionLength}; then of both together the first or the last {@code maxLength} are
 * kept.
 *
 * @param maxLength most tokens of prompt and answer together, or null for no limit
 * @param maxPromptLength most tokens of a prompt, or null for no limit
 * @param maxCompletionLength most tokens of an answer, or null for no limit
 * @param truncation which part of a longer sequence is kept
 */
public record LengthLimits(
    @Nullable Integer maxLength,
    @Nullable Integer maxPromptLength,
    @Nullable Integer maxCompletionLength,
    Truncation truncation) {

  /** Which part of a sequence is kept that is longer than the limit. */
  public enum Truncation {
    /** Its first tokens. */
    KEEP_START,
    /** Its last tokens. */
    KEEP_END,
    /**
     * The first tokens of the prompt and the first of the answer: the shorter of the two is kept
     * where it fills less than half, else both are cut in the ratio of their lengths.
     */
    SHARE,
    /** Nothing: such a row is left out. */
    DROP
  }

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

  /** Limits as in TRL, whose truncation_mode is keep_start or keep_end. */
  public LengthLimits(
      @Nullable Integer maxLength,
      @Nullable Integer maxPromptLength,
      @Nullable Integer maxCompletionLength,
      boolean keepEnd) {
    this(
        maxLength,
        maxPromptLength,
        maxCompletionLength,
        keepEnd ? Truncation.KEEP_END : Truncation.KEEP_START);
  }

  /** Limits whole sequences alone, of which the start is kept; null for no limit. */
  public static LengthLimits ofMaxLength(@Nullable Integer maxLength) {
    return new LengthLimits(maxLength, null, null, false);
  }

  /** Whether the end of a sequence is kept instead of its start. */
  public boolean keepEnd() {
    return truncation == Truncation.KEEP_END;
  }

  /** Whether prompt and answer share the limit. */
  public boolean shares() {
    return truncation == Truncation.SHARE && maxLength != null;
  }

  /** Whether a row of such a prompt and such an answer, of several the longest, is left out. */
  public boolean isExceededBy(int prompt, int answer) {
    return truncation == Truncation.DROP && maxLength != null && prompt + answer > maxLength;
  }

  /**
   * How many first tokens are left of a prompt and of its answer where they share a room.
   *
   * @param prompt tokens of the prompt
   * @param answer tokens of the answer; of several the longest
   * @param room most tokens of both
   */
  static Share share(int prompt, int answer, int room) {
    int most = room;
    if (2L * answer >= room) {
      double part = answer / (double) (prompt + answer);
      most = 2L * prompt < room ? room - prompt : (int) (room * part);
    }
    int ofAnswer = Math.min(most, answer);
    return new Share(Math.min(Math.max(room - ofAnswer, 0), prompt), ofAnswer);
  }

  /** Tokens that are left. */
  record Share(int prompt, int answer) {}

  /** Cuts a prompt and one of its answers, of which the longest has so many tokens. */
  Cut share(int[] prompt, int[] answer, int longest) {
    int room = Objects.requireNonNull(maxLength, "max_length");
    Share share = share(prompt.length, longest, room);
    return new Cut(
        Arrays.copyOf(prompt, share.prompt()),
        Arrays.copyOf(answer, Math.min(answer.length, share.answer())));
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

  /** Whether an answer of which so many tokens are left may have lost others to its own limit. */
  public boolean mayHaveCut(int answer) {
    return maxCompletionLength != null && answer >= maxCompletionLength;
  }

  /** Whether such a prompt leaves no room for an answer. */
  public boolean isFilledBy(int[] prompt) {
    return maxLength != null && truncation == Truncation.KEEP_START && prompt.length >= maxLength;
  }

  /** Cuts a prompt and an answer, each cut already by its own limit, to the limit of both. */
  public Cut together(int[] prompt, int[] answer) {
    Integer most = maxLength;
    int tooMany = most == null ? 0 : prompt.length + answer.length - most;
    if (tooMany <= 0) {
      return new Cut(prompt, answer);
    } else if (truncation == Truncation.SHARE) {
      return share(prompt, answer, answer.length);
    } else if (keepEnd()) {
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
