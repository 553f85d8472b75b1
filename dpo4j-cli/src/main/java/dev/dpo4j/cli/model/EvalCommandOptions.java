/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.model.DeviceOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What eval measures. */
record EvalCommandOptions(
    @Option(
            help =
                "Folder of the model to measure, in Hugging Face layout or of an adapter, a GGUF file,"
                    + " or a name on the Hub.")
        @Nullable String modelNameOrPath,
    @Option(
            help =
                "The model that it was trained from. null takes the base of an adapter; without a"
                    + " reference there are no rewards.")
        @Nullable String refModelNameOrPath,
    @Option(help = "Another model, which is compared on the same rows with a paired test.")
        @Nullable String secondModelNameOrPath,
    @Option(help = "File of preference rows, a folder of them, a glob, or a name on the Hub.")
        @Nullable String datasetName,
    @Option(
            defaultValue = "train",
            help = "Split to measure on, with slicing such as train[0:200] or test.")
        String split,
    @Option(defaultValue = "0.1", range = "(0,inf)", help = "Beta of the implicit reward.")
        double beta,
    @Option(
            defaultValue = "1024",
            range = "[1,inf)",
            help =
                "Maximum number of tokens in prompt and answer together; null disables truncation.")
        @Nullable Integer maxLength,
    @Option(
            defaultValue = "length,language",
            help =
                "What rows are grouped by, each group with figures of its own: columns of the rows, "
                    + "length (tokens of the longer answer), language (script of the prompt).")
        List<String> sliceBy,
    @Option(help = "Column with a score of the chosen answer, more is better.")
        @Nullable String chosenScoreColumn,
    @Option(help = "Column with a score of the rejected answer.")
        @Nullable String rejectedScoreColumn,
    @Option(
            defaultValue = "0",
            range = "[0,inf)",
            help =
                "Prompts that the model answers, so that its KL divergence from the reference can be "
                    + "estimated; 0 for none.")
        int klPrompts,
    @Option(defaultValue = "64", range = "[1,inf)", help = "Most tokens of such an answer.")
        int klMaxNewTokens,
    @Option(defaultValue = "42", help = "Seed of the intervals and of the sampled answers.")
        long seed,
    @Option(
            help =
                "Computes in bfloat16 instead of float32. Left out, it is true on a card and false on "
                    + "the CPU.")
        @Nullable Boolean bf16,
    @Option(
            defaultValue = "false",
            help =
                "Measures single answers with a label (prompt, completion, label) as KTO looks at"
                    + " them; pairs are split.")
        boolean unpaired,
    @Option(help = "Samples") EvalJudgeOptions judge,
    @Option(help = "Device") DeviceOptions device,
    @Option(
            help =
                "Ends with exit code 5 where a figure is below a threshold, such as accuracy=0.6; "
                    + "several stand between commas. loss=0.69 means at most.")
        @Nullable List<String> failUnder,
    @Option(defaultValue = "false", help = "Prints one JSON object instead of tables.")
        boolean json,
    @Option(help = "File for the same JSON object.") @Nullable Path output,
    @Option(help = "File for an HTML page with the figures.") @Nullable Path html)
    implements Checked {

  EvalCommandOptions {
    sliceBy = List.copyOf(sliceBy);
    failUnder = failUnder == null ? null : List.copyOf(failUnder);
  }

  /** The thresholds in the order in which they were given. */
  List<Threshold> thresholds() {
    return failUnder == null ? List.of() : failUnder.stream().map(Threshold::parse).toList();
  }

  @Override
  public void check(Check check) {
    if ((chosenScoreColumn == null) != (rejectedScoreColumn == null)) {
      check.fault(
          chosenScoreColumn == null ? "chosen_score_column" : "rejected_score_column",
          "is missing: name the columns of both answers");
    }
    if (judge.judgeBaseUrl() != null && judge.judgeReplies() == null && output == null) {
      check.fault(
          "judge_replies",
          "is missing: name a file that keeps the replies of the judge, or output");
    }
    if (unpaired) {
      check.noEffect(
          Set.of(
              "second_model_name_or_path",
              "slice_by",
              "chosen_score_column",
              "rejected_score_column",
              "kl_prompts",
              "samples"),
          "with unpaired");
    }
    if (klPrompts == 0) {
      check.idle(Set.of("kl_max_new_tokens"), "without kl_prompts");
    }
    if (failUnder != null) {
      for (String text : failUnder) {
        if (!Threshold.isOne(text)) {
          check.fault(
              "fail_under", "must be a figure and a number, such as accuracy=0.6, but was " + text);
        }
      }
    }
  }
}
