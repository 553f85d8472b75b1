/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.config.Option;
import org.jspecify.annotations.Nullable;

/** Which rows a run reads, and how long they may be; common to all methods of training. */
public record DatasetOptions(
    @Option(
            help = "JSONL or JSON file of rows, or a folder of them.",
            difference =
                "A path on this machine wins; the command line also takes a name on the Hub.")
        @Nullable String datasetName,
    @Option(
            defaultValue = "train",
            help = "Split to train on, with slicing such as train[0:20] or train[:80%].")
        String datasetTrainSplit,
    @Option(
            defaultValue = "test",
            help = "Split to evaluate on, with slicing; read only where evaluation is on.")
        String datasetTestSplit,
    @Option(
            defaultValue = "1024",
            range = "[1,inf)",
            help =
                "Most tokens of prompt and answer together; longer answers are cut, rows whose "
                    + "prompt reaches it are dropped, both counted. null cuts nothing.")
        @Nullable Integer maxLength,
    @Option(
            defaultValue = "keep_start",
            choices = "keep_start",
            help = "Which end of a row that is too long is kept.",
            difference = "TRL's deprecated keep_end is refused.")
        String truncationMode) {}
