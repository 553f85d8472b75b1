/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.config.Option;
import dev.dpo4j.model.DeviceOptions;
import org.jspecify.annotations.Nullable;

/** What logps computes. */
record LogpsOptions(
    @Option(
            help =
                "Folder of the model in Hugging Face layout or of an adapter, a GGUF file, or a"
                    + " name on the Hub.")
        @Nullable String modelNameOrPath,
    @Option(help = "File of preference rows, a folder of them, a glob, or a name on the Hub.")
        @Nullable String datasetName,
    @Option(
            defaultValue = "train",
            help = "Split to score, with slicing such as train[0:20] or train[:80%].")
        String datasetTrainSplit,
    @Option(
            defaultValue = "1024",
            range = "[1,inf)",
            help =
                "Maximum number of tokens in prompt and answer together; null disables truncation.")
        @Nullable Integer maxLength,
    @Option(
            help =
                "Computes in bfloat16 instead of float32. Left out, it is true on a card and false on "
                    + "the CPU.")
        @Nullable Boolean bf16,
    @Option(help = "Device") DeviceOptions device,
    @Option(
            defaultValue = "false",
            help =
                "Prints one JSON line a row: row, prompt_ids, chosen_ids, rejected_ids,"
                    + " chosen_logp, rejected_logp.")
        boolean json) {}
