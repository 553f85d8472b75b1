/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One answer to a prompt.
 *
 * @param tokenIds its tokens, without the one that ended it
 * @param text its text without special tokens, up to a stop string
 * @param finishReason why it ended
 * @param logProbs the log-probability of each token where it was asked for, else empty
 * @param endId the token that ended it, or null where no token did
 */
public record Answer(
    List<Integer> tokenIds,
    String text,
    FinishReason finishReason,
    List<TokenLogProb> logProbs,
    @Nullable Integer endId) {
  /** Copies the lists. */
  public Answer {
    tokenIds = List.copyOf(tokenIds);
    logProbs = List.copyOf(logProbs);
  }
}
