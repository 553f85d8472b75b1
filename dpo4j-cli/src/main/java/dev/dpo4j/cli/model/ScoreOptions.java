/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.config.Option;
import dev.dpo4j.model.DeviceOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What score reads and writes. */
record ScoreOptions(
    @Option(
            help =
                "Folder of a reward model in Hugging Face layout, of an adapter of one, or a name"
                    + " on the Hub.")
        @Nullable String modelNameOrPath,
    @Option(help = "File of rows, a folder of them, a glob, or a name on the Hub.")
        @Nullable String datasetName,
    @Option(
            defaultValue = "train",
            help = "Split to score, with slicing such as train[0:20] or train[:80%].")
        String datasetTrainSplit,
    @Option(
            defaultValue = "pairs",
            choices = {"pairs", "answers"},
            help =
                "What the rows hold: preference pairs, which get score_chosen and score_rejected, or"
                    + " single answers to a prompt, which get score.")
        String rows,
    @Option(
            range = "[1,inf)",
            help =
                "Rows with a longer sequence, in tokens, are left out and counted; null sets no"
                    + " limit.")
        @Nullable Integer maxLength,
    @Option(help = "File to write the scored rows to as JSON lines; null prints them.")
        @Nullable Path output,
    @Option(
            help =
                "Computes in bfloat16 instead of float32. Left out, it is true on a card and false on "
                    + "the CPU.")
        @Nullable Boolean bf16,
    @Option(help = "Device") DeviceOptions device) {}
