/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where a run writes, and how often it logs. */
public record OutputOptions(
    @Option(
            help = "Output folder for the model, the metrics and the resolved config.",
            difference = "TRL's default is trainer_output; here it must be given.")
        @Nullable Path outputDir,
    @Option(
            defaultValue = "false",
            help = "Allows an output_dir that is not empty, which is an error otherwise.",
            difference = "transformers 5 has dropped this key and overwrites.")
        boolean overwriteOutputDir,
    @Option(defaultValue = "steps", help = "When metrics are logged.") Interval loggingStrategy,
    @Option(
            defaultValue = "10.0",
            range = "(0,inf)",
            help =
                "Optimizer steps between two log lines; a value below 1 is a share of all steps. "
                    + "The last step is always logged.",
            difference = "transformers logs the last step only where it is due.")
        double loggingSteps,
    @Option(defaultValue = "false", help = "Also logs the first step.") boolean loggingFirstStep,
    @Option(
            defaultValue = "none",
            choices = {"none", "tensorboard"},
            help =
                "Where to write metrics besides metrics.jsonl and trainer_state.json: tensorboard "
                    + "writes event files to output_dir/runs.",
            difference = "The name of any other tracker means the same files, and a line says so.")
        List<String> reportTo)
    implements Checked {
  /** The name of TensorBoard in report_to. */
  public static final String TENSORBOARD = "tensorboard";

  public OutputOptions {
    reportTo = List.copyOf(reportTo);
  }

  /** Returns the optimizer steps between two logs in a run of {@code trainingSteps}. */
  public long loggingSteps(long trainingSteps) {
    return Intervals.steps(loggingSteps, trainingSteps);
  }

  @Override
  public void check(Check check) {
    if (loggingStrategy != Interval.STEPS) {
      check.idle(Set.of("logging_steps"), "unless logging_strategy is steps");
    }
    Intervals.checkSteps(check, "logging_steps", loggingSteps);
  }
}
