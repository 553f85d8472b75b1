/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.rollout;

import dev.dpo4j.data.prompt.PromptDataset;
import dev.dpo4j.data.prompt.TokenizedPrompt;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.model.LanguageModel;
import org.jspecify.annotations.Nullable;

/** Room for answers behind prompts. */
public final class PromptRoom {
  private PromptRoom() {}

  /**
   * Refuses prompts that leave no room for an answer.
   *
   * @param data prompts, or null for none
   * @throws DataException with the first of them
   */
  public static void require(@Nullable PromptDataset data, LanguageModel policy) {
    if (data == null) {
      return;
    }
    int most = policy.config().maxPositionEmbeddings();
    for (TokenizedPrompt prompt : data.prompts()) {
      if (prompt.ids().length >= most) {
        throw new DataException(
            "%s: the prompt has %d tokens, but %s reads at most %d, of which one is for the answer: set max_prompt_length, or max_length to leave such prompts out"
                .formatted(prompt.origin(), prompt.ids().length, policy.folder(), most));
      }
    }
  }

  /** Tokens of the longest prompt. */
  public static int longest(PromptDataset data) {
    return data.prompts().stream().mapToInt(prompt -> prompt.ids().length).max().orElse(0);
  }

  /** Mean number of tokens of a prompt. */
  public static double mean(PromptDataset data) {
    return data.prompts().stream().mapToInt(prompt -> prompt.ids().length).average().orElse(0);
  }
}
