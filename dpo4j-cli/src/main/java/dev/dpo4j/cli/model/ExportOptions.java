/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.config.Option;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What export reads and writes. */
record ExportOptions(
    @Option(
            help =
                "Folder of a model, GGUF file or folder of an adapter; an adapter is merged into"
                    + " its base model unless --adapter says otherwise.")
        @Nullable String modelNameOrPath,
    @Option(help = "Folder that gets the result.") @Nullable Path outputDir,
    @Option(
            defaultValue = "gguf",
            choices = {"gguf", "safetensors"},
            help = "Format of the result: one GGUF file, or a Hugging Face folder.")
        String to,
    @Option(
            choices = {
              "f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "q5_0", "q5_1", "q4_k_m", "q5_k_m",
              "q6_k"
            },
            help = "With --to gguf, how the weights are stored; q8_0 if it is not given.")
        @Nullable String quantisation,
    @Option(
            defaultValue = "merge",
            choices = {"merge", "separate"},
            help =
                "With --to gguf, what becomes of an adapter: merged into its base, or a GGUF file"
                    + " of its own that llama.cpp loads beside that of the base.")
        String adapter,
    @Option(
            choices = {"float32", "bfloat16", "float16"},
            help = "With --to safetensors, the type of the weights; bfloat16 if it is not given.")
        @Nullable String dtype,
    @Option(
            help =
                "With --to safetensors, the largest size of one file, such as 5GB or 500MB; 5GB if"
                    + " it is not given.")
        @Nullable String maxShardSize,
    @Option(help = "With --to gguf, what the model is called; the name of its folder by default.")
        @Nullable String name,
    @Option(defaultValue = "false", help = "Writes into a folder that is not empty.")
        boolean overwriteOutputDir) {}
