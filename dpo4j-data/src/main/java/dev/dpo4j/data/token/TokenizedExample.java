/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.data.row.Origin;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A sequence for supervised training or for KTO as token ids, after truncation.
 *
 * <p>The arrays are not copied; nobody may change them.
 *
 * @param row place of the row in its split, counted from 0, before any slice
 * @param origin file and line of the row
 * @param promptIds ids before the completion; empty for a whole text or conversation
 * @param completionIds ids of the completion, or of the whole text; empty only where the prompt is
 *     learnt too and fills the sequence
 * @param uncutCompletionIds ids of the completion before the cut at max_length; the same array
 *     where nothing was cut
 * @param scored for each token of prompt and completion, whether it is learnt; the first token of a
 *     sequence never is, as nothing predicts it
 * @param label for KTO, whether the completion is desirable; else null
 */
@SuppressWarnings("ArrayRecordComponent") // copying each row's ids would double the data's memory
public record TokenizedExample(
    int row,
    Origin origin,
    int[] promptIds,
    int[] completionIds,
    int[] uncutCompletionIds,
    boolean[] scored,
    @Nullable Boolean label) {
  public TokenizedExample {
    if (scored.length != promptIds.length + completionIds.length) {
      throw new IllegalArgumentException(
          "scored must have %d entries but has %d (%s)"
              .formatted(promptIds.length + completionIds.length, scored.length, origin));
    }
  }

  /** The chosen answer of a pair as an example of which the answer is learnt. */
  public static TokenizedExample chosenOf(TokenizedPair pair) {
    boolean[] scored = new boolean[pair.promptIds().length + pair.chosenIds().length];
    Arrays.fill(scored, pair.promptIds().length, scored.length, true);
    int[] answer = pair.chosenIds();
    return new TokenizedExample(
        pair.row(), pair.origin(), pair.promptIds(), answer, answer, scored, null);
  }

  /** Returns the whole sequence. */
  public int[] sequence() {
    int[] ids = Arrays.copyOf(promptIds, promptIds.length + completionIds.length);
    System.arraycopy(completionIds, 0, ids, promptIds.length, completionIds.length);
    return ids;
  }
}
