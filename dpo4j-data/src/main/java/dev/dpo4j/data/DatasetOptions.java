/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.source.MixtureSpec;
import dev.dpo4j.data.source.SourceOptions;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.LengthLimits.Truncation;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which rows a run reads, and how long they may be; common to all methods of training. */
public record DatasetOptions(
    @Option(
            help =
                "File of rows (JSON, JSONL, CSV or Parquet, also packed as .gz or .zst), a folder "
                    + "of them, or a glob such as data/part-*.jsonl.",
            difference =
                "A path on this machine wins; the command line also takes a name on the Hub.")
        @Nullable String datasetName,
    @Option(
            defaultValue = "train",
            help = "Split to train on, with optional slicing such as train[0:20] or train[:80%].")
        String datasetTrainSplit,
    @Option(
            defaultValue = "test",
            help =
                "Split to evaluate on, with optional slicing; read only when evaluation is enabled.")
        String datasetTestSplit,
    @Option(
            defaultValue = "1024",
            range = "[1,inf)",
            help =
                "Maximum number of tokens in prompt and answer together. Longer answers are "
                    + "truncated, and rows whose prompt reaches the limit are dropped; both are counted. "
                    + "reward truncates nothing and drops longer rows. null sets no limit.")
        @Nullable Integer maxLength,
    @Option(
            range = "[1,inf)",
            help =
                "Most tokens of a prompt: its last ones are kept, before max_length cuts both; "
                    + "null means no limit. Not in sft and reward.",
            difference =
                "As in TRL 0.28, the last version that has it. TRL 0.11 and older cut a prompt "
                    + "only where prompt and answer together exceed max_length.")
        @Nullable Integer maxPromptLength,
    @Option(
            range = "[1,inf)",
            aliases = "max_target_length",
            help =
                "Most tokens of an answer: its first ones are kept, before max_length cuts both; "
                    + "null means no limit. Not in sft and reward.",
            difference =
                "As in TRL 0.28, the last version that has it. In TRL 0.11 and older "
                    + "max_target_length concerned encoder-decoder models only.")
        @Nullable Integer maxCompletionLength,
    @Option(
            defaultValue = "keep_start",
            help =
                "What is kept of a row longer than max_length: its start, its end, the start of "
                    + "the prompt and of the answer, which share the limit in the ratio of their "
                    + "lengths, or nothing (drop). Only with keep_start can a prompt be too long. kto "
                    + "does not know keep_end; reward always drops.",
            difference =
                "TRL calls keep_end deprecated; share is the way of LLaMA-Factory, drop that of "
                    + "axolotl.")
        Truncation truncationMode,
    @Option(help = "Data") SourceOptions sources)
    implements Checked {

  @Override
  public void check(Check check) {
    if (maxLength == null) {
      check.idle(Set.of("truncation_mode"), "without max_length");
    } else if (truncationMode == Truncation.SHARE) {
      check.noEffect(
          Set.of("max_prompt_length", "max_completion_length"),
          "with truncation_mode share, which knows max_length alone",
          "truncation_mode");
    }
    boolean described = !sources.dataset().isEmpty();
    boolean mixed = sources.datasetMixture() != null;
    if (described && datasetName != null) {
      check.fault(
          "dataset_name",
          "cannot be set together with dataset, whose files dataset_info.json names");
    }
    if (mixed && (datasetName != null || described)) {
      check.fault(
          "dataset_mixture", "cannot be set together with dataset_name or dataset: keep one");
    }
    if (described || mixed) {
      check.noEffect(
          Set.of("dataset_train_split", "dataset_test_split"),
          described
              ? "with dataset: dataset_info.json says the split of each data set"
              : "with dataset_mixture: its entries say the split of each data set");
    }
  }

  /** How much of each row is kept. */
  public LengthLimits limits() {
    return new LengthLimits(maxLength, maxPromptLength, maxCompletionLength, truncationMode);
  }

  /** Returns the rows to train on. */
  public DataSource train(long seed) {
    return DataSource.of(datasetName, datasetTrainSplit, sources, seed);
  }

  /**
   * Returns the rows to evaluate on.
   *
   * @param evalDataset data of their own, or null for those that belong to the rows to train on:
   *     held out of them, or another split
   * @param seed decides which rows are held out
   */
  public DataSource evaluation(@Nullable String evalDataset, long seed) {
    if (evalDataset == null && sources.testSplitSize() != null) {
      return DataSource.heldOut(datasetName, datasetTrainSplit, sources, seed);
    }
    return DataSource.evaluation(datasetName, evalDataset, datasetTestSplit, sources, seed);
  }

  /** Whether there are rows to evaluate on that belong to those to train on. */
  public boolean canEvaluate() {
    if (sources.testSplitSize() != null || !sources.dataset().isEmpty()) {
      return true;
    }
    Value mixture = sources.datasetMixture();
    if (mixture != null) {
      return MixtureSpec.parse(mixture).canEvaluate();
    }
    return datasetName == null || DataSource.hasSplit(datasetName, datasetTestSplit);
  }
}
