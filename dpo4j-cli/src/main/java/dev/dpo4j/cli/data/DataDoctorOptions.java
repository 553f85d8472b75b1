/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.data;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.model.DeviceOptions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What data doctor examines. */
record DataDoctorOptions(
    @Option(help = "JSONL or JSON file of preference rows, a folder of them, or a name on the Hub.")
        @Nullable String datasetName,
    @Option(
            defaultValue = "train",
            help = "Split to examine, with slicing such as train[0:20] or train[:80%].")
        String datasetTrainSplit,
    @Option(
            aliases = "eval",
            help = "Evaluation data, whose rows must not stand in the training data.")
        @Nullable String evalDataset,
    @Option(
            help =
                "Split of the evaluation data, or of dataset_name where eval_dataset is not given; "
                    + "null means train of eval_dataset.")
        @Nullable String datasetTestSplit,
    @Option(
            aliases = "model",
            help =
                "Folder or GGUF file of the model whose tokenizer and chat template are taken; "
                    + "with score, the reference.")
        @Nullable String modelNameOrPath,
    @Option(
            defaultValue = "1024",
            range = "[1,inf)",
            help = "Most tokens of prompt and answer together; null for no limit.")
        @Nullable Integer maxLength,
    @Option(
            defaultValue = "false",
            help = "Scores all answers with the model and looks for flipped labels.")
        boolean score,
    @Option(
            help =
                "Scores in bfloat16 instead of float32. Left out, it is true on a card and false on "
                    + "the CPU.")
        @Nullable Boolean bf16,
    @Option(help = "Device") DeviceOptions device,
    @Option(
            defaultValue = "0.8",
            range = "(0,1]",
            help = "Jaccard similarity from which two pairs are nearly the same.")
        double near,
    @Option(defaultValue = "5", range = "[1,1000]", help = "Examples of each finding.")
        int examples,
    @Option(help = "Writes the report as one HTML page, too.") @Nullable String html,
    @Option(
            help =
                "Writes a copy without empty answers, equal answers and exact duplicates; the list "
                    + "of changes stands beside it, in NAME.changes.jsonl.")
        @Nullable String fix,
    @Option(
            defaultValue = "false",
            help =
                "Lets chosen and rejected change places in the copy where the label is probably flipped.")
        boolean swapFlipped,
    @Option(
            choices = {"error", "warning"},
            help = "Ends with exit code 3 if anything was found that is at least this bad.")
        @Nullable String failOn,
    @Option(defaultValue = "false", help = "Prints one JSON object instead of text.") boolean json)
    implements Checked {

  @Override
  public void check(Check check) {
    if (modelNameOrPath == null) {
      check.noEffect("max_length", "without model_name_or_path");
      check.noEffect("score", "without model_name_or_path");
    }
    if (!score) {
      check.noEffect(Set.of("bf16", "device", "engine", "use_cpu"), "without score");
      check.noEffect("swap_flipped", "without score");
    }
    if (fix == null) {
      check.noEffect("swap_flipped", "without fix");
    }
  }
}
