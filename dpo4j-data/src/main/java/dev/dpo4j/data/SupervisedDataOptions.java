/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.config.Option;
import dev.dpo4j.data.token.SupervisedOptions;
import org.jspecify.annotations.Nullable;

/** Which rows a run of SFT reads, and which of their tokens are learnt. */
public record SupervisedDataOptions(
    @Option(help = "Data") DatasetOptions dataset,
    @Option(
            help =
                "Trains only on the completion of rows with a prompt and a completion; null means "
                    + "true. Whole texts and conversations are always trained on as a whole.")
        @Nullable Boolean completionOnlyLoss,
    @Option(
            defaultValue = "false",
            help =
                "Trains only on the assistant's turns, which the chat template marks with {% "
                    + "generation %}.")
        boolean assistantOnlyLoss) {

  /** Returns what the tokeniser of examples needs of these options. */
  public SupervisedOptions supervisedOptions() {
    return new SupervisedOptions(dataset.maxLength(), completionOnlyLoss, assistantOnlyLoss);
  }
}
