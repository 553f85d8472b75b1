/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** Which model a command loads, where there is no reference. */
public record PolicyOptions(
    @Option(
            help = "Model folder in Hugging Face layout, adapter folder, or GGUF file.",
            difference = "The command line also takes a name on the Hub; a path that exists wins.")
        @Nullable String modelNameOrPath) {}
