/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whether, when and on what a run is evaluated. */
public record EvalOptions(
    @Option(
            help =
                "File, folder or glob of rows to evaluate on; null takes the split "
                    + "dataset_test_split of dataset_name. With dataset: names in the same "
                    + "dataset_info.json, between commas.",
            difference = "TRL's script only takes a split of dataset_name.")
        @Nullable String evalDataset,
    @Option(
            help =
                "When to evaluate; null means steps if eval_dataset or eval_steps is set, and no "
                    + "otherwise.",
            difference = "TRL's default is no, and then ignores eval_steps.")
        @Nullable Interval evalStrategy,
    @Option(
            range = "(0,inf)",
            help =
                "Optimizer steps between two evaluations; a value below 1 is a share of all steps; "
                    + "null uses logging_steps.")
        @Nullable Double evalSteps,
    @Option(defaultValue = "false", help = "Also evaluates before the first step.")
        boolean evalOnStart,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help =
                "Optimizer steps before the first evaluation; epochs with eval_strategy epoch. "
                    + "eval_on_start is not delayed.")
        double evalDelay,
    @Option(
            range = "[1,inf)",
            help =
                "Ends the run after so many evaluations in which metric_for_best_model (eval_loss "
                    + "where it is not set) has not improved; null trains to the end.",
            difference = "An argument of transformers' EarlyStoppingCallback there.")
        @Nullable Integer earlyStoppingPatience,
    @Option(
            defaultValue = "0.0",
            range = "[0,inf)",
            help = "By how much the metric must improve to count for early_stopping_patience.",
            difference = "An argument of transformers' EarlyStoppingCallback there.")
        double earlyStoppingThreshold,
    @Option(
            defaultValue = "false",
            help =
                "Lets the model answer the first prompts of the evaluation set (of the training set "
                    + "without one) before training, after each evaluation and at the end. The "
                    + "answers go to completions.jsonl and into the report.",
            difference = "A callback there: LogCompletionsCallback.")
        boolean logCompletions,
    @Option(
            defaultValue = "4",
            range = "[1,inf)",
            help = "Number of prompts for log_completions.",
            difference = "num_prompts of LogCompletionsCallback there.")
        int logCompletionsPrompts,
    @Option(
            defaultValue = "64",
            range = "[1,inf)",
            help = "Most tokens of an answer for log_completions.",
            difference = "In the generation_config of LogCompletionsCallback there.")
        int logCompletionsMaxNewTokens,
    @Option(
            help =
                "A file whose first prompts log_completions answers in place of those of the "
                    + "evaluation set; rows have a prompt or messages.",
            difference = "Not there: the callback takes the evaluation set of the trainer.")
        @Nullable Path logCompletionsFile,
    @Option(defaultValue = "8", range = "[1,inf)", help = "Number of rows per evaluation batch.")
        int perDeviceEvalBatchSize)
    implements Checked {

  /** Returns when to evaluate, with the default worked out. */
  public Interval strategy() {
    if (evalStrategy != null) {
      return evalStrategy;
    }
    return evalDataset != null || evalSteps != null ? Interval.STEPS : Interval.NO;
  }

  @Override
  public void check(Check check) {
    if (strategy() == Interval.NO) {
      check.idle(
          Set.of(
              "eval_dataset",
              "eval_steps",
              "eval_on_start",
              "eval_delay",
              "early_stopping_patience",
              "per_device_eval_batch_size",
              "dataset_test_split"),
          "without an evaluation (eval_strategy is no)");
    } else if (strategy() == Interval.EPOCH) {
      check.idle(Set.of("eval_steps"), "with eval_strategy epoch");
    }
    if (earlyStoppingPatience == null) {
      check.idle(Set.of("early_stopping_threshold"), "without early_stopping_patience");
    }
    if (!logCompletions) {
      check.idle(
          Set.of(
              "log_completions_prompts", "log_completions_max_new_tokens", "log_completions_file"),
          "without log_completions");
    }
    Intervals.checkSteps(check, "eval_steps", evalSteps);
  }
}
