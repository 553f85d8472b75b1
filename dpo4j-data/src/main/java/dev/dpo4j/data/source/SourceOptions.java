/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.Value;
import dev.dpo4j.data.form.RowFormat;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What form the rows have, or which described data sets are read and how they are mixed. */
public record SourceOptions(
    @Option(
            defaultValue = "auto",
            help =
                "Form of the rows of dataset_name: auto looks at each row by itself; trl, alpaca, "
                    + "sharegpt, openai, hh (transcripts), ranked (lists of answers) or chat "
                    + "(plain texts that are framed by the chat template) refuse rows of other "
                    + "forms.",
            difference = "TRL knows its own form only.")
        RowFormat datasetFormat,
    @Option(
            defaultValue = "",
            help =
                "Names of data sets described by dataset_info.json in dataset_dir, used instead of "
                    + "dataset_name; several are mixed.",
            difference = "LLaMA-Factory's.")
        List<String> dataset,
    @Option(
            defaultValue = "data",
            help = "Folder that contains dataset_info.json and the files it names.",
            difference = "LLaMA-Factory's.")
        String datasetDir,
    @Option(
            defaultValue = "concat",
            help =
                "How several data sets are combined: concat, one after the other; interleave_under, "
                    + "row by row until the first one ends; interleave_over, until all have ended, with "
                    + "shorter ones starting over.",
            difference = "LLaMA-Factory's.")
        MixStrategy mixStrategy,
    @Option(
            defaultValue = "",
            range = "[0,1]",
            help =
                "Probability that each data set provides the next row; they must sum to 1. If "
                    + "empty, the data sets take turns.",
            difference = "LLaMA-Factory's.")
        List<Double> interleaveProbs,
    @Option(
            range = "[1,inf)",
            help =
                "Maximum number of rows taken from the start of each data set; null takes all rows.",
            difference = "LLaMA-Factory's.")
        @Nullable Integer maxSamples,
    @Option(
            defaultValue = "false",
            help =
                "Drops and counts rows with images, audio or video. Otherwise such a row is an "
                    + "error, because the models read only text.",
            difference = "TRL trains models that see pictures.")
        boolean dropMediaRows,
    @Option(
            help =
                "Several data sets in one: datasets, a list of maps with id, config, split, "
                    + "columns, weight (a share of the shuffled rows) or fraction (a share of the "
                    + "first rows); test_datasets, the same for the evaluation; seed, shuffle, "
                    + "test_split_size.",
            difference = "alignment-handbook's; fraction is TRL's; columns may also rename.")
        @Nullable Value datasetMixture,
    @Option(
            defaultValue = "{}",
            help =
                "Maps column names: the name used here and the name in the file, such as "
                    + "prompt=question,chosen=better.",
            difference = "TRL has no such key.")
        Map<String, String> columns,
    @Option(
            range = "(0,inf)",
            help =
                "Rows to hold out of the training data for evaluation: a count, or a share if below "
                    + "1. The seed decides which ones, as in the Python library datasets.",
            difference = "TRL has it for its list of data sets only.")
        @Nullable Double testSplitSize)
    implements Checked {
  /** Rows of any form, from one data set. */
  public static final SourceOptions DEFAULT =
      new SourceOptions(
          RowFormat.AUTO,
          List.of(),
          "data",
          MixStrategy.CONCAT,
          List.of(),
          null,
          false,
          null,
          Map.of(),
          null);

  /** How far the sum of chances may be from 1: numpy's tolerance, the root of its epsilon. */
  private static final double SUM_TOLERANCE = 1.5e-8;

  public SourceOptions {
    dataset = List.copyOf(dataset);
    interleaveProbs = List.copyOf(interleaveProbs);
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
  }

  /** The same options for data of their own that are evaluated on: nothing is held out of them. */
  SourceOptions ofEvaluation() {
    return new SourceOptions(
        datasetFormat,
        dataset,
        datasetDir,
        mixStrategy,
        interleaveProbs,
        maxSamples,
        dropMediaRows,
        null,
        columns,
        null);
  }

  @Override
  public void check(Check check) {
    if (testSplitSize != null && testSplitSize >= 1 && testSplitSize != Math.rint(testSplitSize)) {
      check.fault("test_split_size", "must be a whole number of rows, or a share below 1");
    }
    if (!dataset.isEmpty() || datasetMixture != null) {
      check.noEffect(
          "columns",
          dataset.isEmpty()
              ? "with dataset_mixture: name columns in its entries"
              : "with dataset: dataset_info.json names the columns");
    }
    if (datasetMixture != null) {
      try {
        MixtureSpec.parse(datasetMixture);
      } catch (IllegalArgumentException e) {
        check.fault("dataset_mixture", String.valueOf(e.getMessage()));
      }
    }
    if (dataset.isEmpty()) {
      check.noEffect(Set.of("dataset_dir", "mix_strategy", "interleave_probs"), "without dataset");
      return;
    }
    check.noEffect("dataset_format", "with dataset: dataset_info.json says it");
    if (dataset.size() == 1) {
      check.noEffect(
          Set.of("mix_strategy", "interleave_probs"), "with one data set: nothing is mixed");
    } else if (mixStrategy == MixStrategy.CONCAT) {
      check.noEffect("interleave_probs", "with mix_strategy concat");
    } else if (!interleaveProbs.isEmpty()) {
      checkProbabilities(check);
    }
  }

  private void checkProbabilities(Check check) {
    double sum = interleaveProbs.stream().mapToDouble(Double::doubleValue).sum();
    if (interleaveProbs.size() != dataset.size()) {
      check.fault(
          "interleave_probs",
          "must have one value for each of the %d data sets but has %d"
              .formatted(dataset.size(), interleaveProbs.size()));
    } else if (Math.abs(sum - 1) > SUM_TOLERANCE) {
      check.fault("interleave_probs", "must add up to 1 but give " + sum);
    } else if (mixStrategy == MixStrategy.INTERLEAVE_OVER && interleaveProbs.contains(0.0)) {
      check.fault(
          "interleave_probs",
          "must all be greater than 0 with interleave_over, which waits for each to end");
    }
  }
}
