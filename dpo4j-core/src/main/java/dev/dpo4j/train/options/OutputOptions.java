/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.options;

import static java.util.stream.Collectors.joining;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.recipe.TrackersElsewhere;
import java.nio.file.Path;
import java.util.ArrayList;
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
            help =
                "Where metrics go besides metrics.jsonl and trainer_state.json: none, tensorboard "
                    + "(event files in output_dir/runs), mlflow (the server that "
                    + "MLFLOW_TRACKING_URI names), wandb, trackio or swanlab (event files, and a "
                    + "line that says how these tools take them), a list of them, or all "
                    + "(tensorboard, and mlflow where a server is named).",
            difference = "The default of TRL is all; other trackers of transformers are refused.")
        List<String> reportTo)
    implements Checked {
  private static final String NONE = "none";
  private static final String ALL = "all";

  /** Trackers that take the files of TensorBoard, by their names in report_to. */
  private static final List<String> BY_FILES =
      List.of("tensorboard", "wandb", "trackio", "swanlab");

  /** Trackers that a run is sent to while it trains. */
  private static final List<String> SERVERS = List.of("mlflow");

  public OutputOptions {
    reportTo = List.copyOf(reportTo);
  }

  /** Whether TensorBoard's event files are written. */
  public boolean writesEventFiles() {
    return reportTo.contains(ALL) || reportTo.stream().anyMatch(BY_FILES::contains);
  }

  /** The trackers that must get the run while it trains. */
  public List<String> servers() {
    return SERVERS.stream().filter(reportTo::contains).toList();
  }

  /** The trackers that get the run while it trains if the environment names a server. */
  public List<String> serversIfNamed() {
    return reportTo.contains(ALL) ? SERVERS : List.of();
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
    checkTrackers(check);
  }

  private void checkTrackers(Check check) {
    List<String> known = new ArrayList<>(List.of(NONE, ALL));
    known.addAll(BY_FILES);
    known.addAll(SERVERS);
    List<String> unknown =
        reportTo.stream().filter(name -> !known.contains(name)).distinct().toList();
    String names = unknown.stream().map(name -> '"' + name + '"').collect(joining(", "));
    if (!unknown.isEmpty() && TrackersElsewhere.NAMES.containsAll(unknown)) {
      check.fault(
          "report_to",
          names
              + " cannot be written: take tensorboard, whose files most trackers read, mlflow, or"
              + " metrics.jsonl in the output_dir");
    } else if (!unknown.isEmpty()) {
      check.fault("report_to", "must be of " + String.join(", ", known) + " but was " + names);
    } else if (reportTo.contains(NONE) && Set.copyOf(reportTo).size() > 1) {
      check.fault("report_to", "names none beside others: leave one of them out");
    }
  }
}
