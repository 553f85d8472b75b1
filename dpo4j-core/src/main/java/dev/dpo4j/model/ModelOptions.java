/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** Which models a command loads. */
public record ModelOptions(
    @Option(
            help = "Model folder in Hugging Face layout, adapter folder, or GGUF file.",
            difference = "The command line also takes a name on the Hub; a path that exists wins.")
        @Nullable String modelNameOrPath,
    @Option(
            help =
                "Folder or GGUF file of the frozen reference model; null uses the model as it is "
                    + "before training.",
            difference = "TRL's script has no such key: it always takes the model before training.")
        @Nullable String refModelNameOrPath) {}
