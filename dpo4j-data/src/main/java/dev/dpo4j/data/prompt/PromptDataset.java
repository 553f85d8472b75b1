/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.prompt;

import dev.dpo4j.data.token.DataReport;
import java.util.List;

/**
 * Prompts ready to be answered, with the report on how they came about.
 *
 * @param prompts the prompts that are answered, in order
 * @param report what became of every row
 */
public record PromptDataset(List<TokenizedPrompt> prompts, DataReport report) {
  public PromptDataset {
    prompts = List.copyOf(prompts);
  }

  /** Returns the number of prompts. */
  public int size() {
    return prompts.size();
  }
}
