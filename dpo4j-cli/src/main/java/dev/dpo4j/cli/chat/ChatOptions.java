/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.chat;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.model.DeviceOptions;
import dev.dpo4j.model.weights.PackingOptions;
import dev.dpo4j.model.weights.PrecisionOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Who talks, and how. */
record ChatOptions(
    @Option(
            help =
                "Folder of the model in Hugging Face layout or of an adapter, a checkpoint, a GGUF"
                    + " file, or a name on the Hub.")
        @Nullable String modelNameOrPath,
    @Option(
            aliases = "compare",
            help =
                "Second model that answers every question as well; both answers are shown side by"
                    + " side.")
        @Nullable String refModelNameOrPath,
    @Option(
            help =
                "JSONL file to which /like adds the answer that you liked and the other one as a"
                    + " preference row.")
        @Nullable Path preferences,
    @Option(help = "System message; null for none.") @Nullable String system,
    @Option(
            range = "[1,inf)",
            help = "Maximum number of tokens in an answer; as many as fit if left out.")
        @Nullable Integer maxNewTokens,
    @Option(
            range = "[0,inf)",
            help = "Divides the logits; the setting of the model's folder if left out.")
        @Nullable Double temperature,
    @Option(
            range = "(0,1]",
            help =
                "Draws only from the most probable tokens that reach this probability together;"
                    + " the setting of the model's folder if left out.")
        @Nullable Double topP,
    @Option(defaultValue = "42", help = "Seed of the draws.") long seed,
    @Option(help = "Precision") PrecisionOptions precision,
    @Option(help = "Weights in 4 or 8 bits") PackingOptions packing,
    @Option(help = "Device") DeviceOptions device)
    implements Checked {
  @Override
  public void check(Check check) {
    if (refModelNameOrPath == null) {
      check.noEffect("preferences", "without ref_model_name_or_path");
    }
  }
}
