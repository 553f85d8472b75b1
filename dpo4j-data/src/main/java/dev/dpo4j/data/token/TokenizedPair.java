/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.Origin;
import java.util.Map;

/**
 * A preference pair as token ids, after truncation: the sequences {@code prompt + chosen} and
 * {@code prompt + rejected}, of which only answer tokens are scored.
 *
 * <p>The arrays are not copied; nobody may change them.
 *
 * @param row place of the row in its split, counted from 0, before any slice
 * @param origin file and line of the row
 * @param promptIds ids before the chosen answer; may be empty, then the first answer token is not
 *     scored
 * @param chosenIds ids of the better answer, at least one
 * @param rejectedIds ids of the worse answer, at least one
 * @param extras numeric columns of the row ({@code weight}, {@code margin}, {@code p_chosen})
 * @param rejectedPromptIds ids before the rejected answer: the same array, but where the end of
 *     sequences of different lengths was kept
 */
@SuppressWarnings("ArrayRecordComponent") // copying each row's ids would double the data's memory
public record TokenizedPair(
    int row,
    Origin origin,
    int[] promptIds,
    int[] chosenIds,
    int[] rejectedIds,
    Map<String, Double> extras,
    int[] rejectedPromptIds) {
  public TokenizedPair {
    if (chosenIds.length == 0 || rejectedIds.length == 0) {
      throw new IllegalArgumentException("both answers need at least one token (" + origin + ")");
    }
  }

  /** Makes a pair of ids, without a row of a file behind it. */
  public static TokenizedPair of(int row, int[] promptIds, int[] chosenIds, int[] rejectedIds) {
    return new TokenizedPair(
        row,
        new Origin(Origin.MEMORY, row + 1L),
        promptIds,
        chosenIds,
        rejectedIds,
        Map.of(),
        promptIds);
  }

  /** Returns the tokens of both sequences together, the prompt counted twice, as TRL counts. */
  public int tokens() {
    return promptIds.length + chosenIds.length + rejectedPromptIds.length + rejectedIds.length;
  }
}
