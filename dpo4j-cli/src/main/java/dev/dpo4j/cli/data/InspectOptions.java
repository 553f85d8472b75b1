/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.data;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.source.SourceOptions;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What data inspect looks at. */
record InspectOptions(
    @Option(help = "Folder or GGUF file of the model whose tokenizer and chat template are taken.")
        @Nullable String modelNameOrPath,
    @Option(
            help =
                "File of preference rows (JSON, JSONL, CSV or Parquet, also packed as .gz or "
                    + ".zst), a folder of them, a glob, or a name on the Hub.")
        @Nullable String datasetName,
    @Option(
            defaultValue = "train",
            help = "Split to look at, with slicing such as train[0:20] or train[:80%].")
        String datasetTrainSplit,
    @Option(
            defaultValue = "dpo",
            help =
                "The method whose view is shown: dpo looks for pairs, sft for examples, kto for"
                    + " answers with a label.")
        Method method,
    @Option(
            defaultValue = "1024",
            range = "[1,inf)",
            help =
                "Maximum number of tokens in prompt and answer together; null disables truncation.")
        @Nullable Integer maxLength,
    @Option(defaultValue = "false", help = "Drops rows whose answers are the same.")
        boolean dropIdenticalPairs,
    @Option(defaultValue = "false", help = "Drops rows whose answers hold turns of the user.")
        boolean dropDifferingHistories,
    @Option(
            defaultValue = "",
            range = "[0,inf)",
            help =
                "Rows to show in full, counted from 0 in the file, such as 0,7: the text, the"
                    + " ids, and which of them are the answer.")
        List<Integer> rows,
    @Option(defaultValue = "42", help = "Seed of interleaving, as in training.") long seed,
    @Option(defaultValue = "false", help = "Prints one JSON object instead of text.") boolean json,
    @Option(help = "Ranked answers") RankedOptions ranked,
    @Option(help = "Data") SourceOptions sources)
    implements Checked {

  /** A method of training. */
  enum Method {
    /** On pairs. */
    DPO,
    /** On examples. */
    SFT,
    /** On single judged answers. */
    KTO
  }

  @Override
  public void check(Check check) {
    if (method != Method.DPO) {
      check.noEffect(
          Set.of("drop_identical_pairs", "drop_differing_histories"),
          "with method sft or kto: they have no pairs");
    }
    if (sources.interleaveProbs().isEmpty()) {
      check.noEffect("seed", "without interleave_probs");
    }
    if (!sources.dataset().isEmpty()) {
      check.noEffect("dataset_train_split", "with dataset: dataset_info.json says the split");
      if (datasetName != null) {
        check.fault("dataset_name", "cannot be set together with dataset");
      }
    }
  }
}
