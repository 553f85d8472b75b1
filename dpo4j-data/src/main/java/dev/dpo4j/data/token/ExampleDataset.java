/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.util.List;

/**
 * Examples ready for supervised training or for KTO, with the report on how they came about.
 *
 * @param examples the examples that are trained on, in order
 * @param report what became of every row
 */
public record ExampleDataset(List<TokenizedExample> examples, DataReport report) {
  public ExampleDataset {
    examples = SpooledRows.keep(examples);
  }

  /** Returns the number of examples. */
  public int size() {
    return examples.size();
  }
}
