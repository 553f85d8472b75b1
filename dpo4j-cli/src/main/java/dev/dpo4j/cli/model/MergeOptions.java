/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.config.Option;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What merge reads and writes. */
record MergeOptions(
    @Option(help = "Folder of an adapter; its adapter_config.json names the base model.")
        @Nullable String modelNameOrPath,
    @Option(help = "Folder that gets the full model.") @Nullable Path outputDir,
    @Option(
            defaultValue = "float32",
            choices = {"float32", "bfloat16", "float16"},
            help = "Type of the written weights.")
        String dtype,
    @Option(defaultValue = "false", help = "Writes into a folder that is not empty.")
        boolean overwriteOutputDir) {}
