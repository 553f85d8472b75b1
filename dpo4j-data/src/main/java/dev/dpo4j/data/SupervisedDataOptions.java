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
                "Whether only the completion of a row of prompt and completion is learnt; null "
                    + "means true. Whole texts and conversations are learnt whole.")
        @Nullable Boolean completionOnlyLoss,
    @Option(
            defaultValue = "false",
            help =
                "Learns only what the assistant says, as the chat template marks it with "
                    + "{% generation %}.")
        boolean assistantOnlyLoss) {

  /** Returns what the tokeniser of examples needs of these options. */
  public SupervisedOptions supervisedOptions() {
    return new SupervisedOptions(dataset.limits(), completionOnlyLoss, assistantOnlyLoss);
  }
}
