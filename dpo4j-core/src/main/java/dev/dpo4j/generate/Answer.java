/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import java.util.List;

/**
 * One answer to a prompt.
 *
 * @param tokenIds its tokens, without the one that ended it
 * @param text its text without special tokens, up to a stop string
 * @param finishReason why it ended
 */
public record Answer(List<Integer> tokenIds, String text, FinishReason finishReason) {
  public Answer {
    tokenIds = List.copyOf(tokenIds);
  }
}
