/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.model.TrainingCost;
import dev.dpo4j.tensor.probe.GemmRate;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.options.EvalOptions;
import dev.dpo4j.train.options.Interval;
import dev.dpo4j.train.options.Intervals;
import dev.dpo4j.train.options.RunConfig;
import dev.dpo4j.train.options.SaveOptions;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalDouble;

/** What a run will cost in room on the disk and in time, as {@code --dry_run} says it. */
final class RunForecast {
  private static final double MEASURING_SECONDS = 0.3;

  private final RunPlan plan;
  private final RunConfig config;
  private final LanguageModel policy;

  RunForecast(RunPlan plan, RunConfig config, LanguageModel policy) {
    this.plan = plan;
    this.config = config;
    this.policy = policy;
  }

  /** Lines for people. */
  String text() {
    return "  disk       %s%n  time       %s%n%s".formatted(disk(), time(), samples());
  }

  /** What the answers of log_completions cost, which are made one token after the other. */
  private String samples() {
    EvalOptions eval = config.eval();
    if (!eval.logCompletions()) {
      return "";
    }
    int prompts = eval.logCompletionsPrompts();
    int most = eval.logCompletionsMaxNewTokens();
    // Before training, after each evaluation, and at the end unless the last one was there.
    long times = 1 + Math.max(1, evaluations());
    return "  samples    %d prompts, %d times up to %d tokens each: at most %s tokens%n"
        .formatted(prompts, times, most, Units.count(times * prompts * most));
  }

  private long evaluations() {
    EvalOptions eval = config.eval();
    if (eval.strategy() == Interval.NO) {
      return 0;
    }
    Double given = eval.evalSteps();
    double perEpoch =
        Math.max(1, Math.ceil((double) plan.rows() / Math.max(1, plan.rowsPerStep())));
    double every =
        eval.strategy() == Interval.EPOCH
            ? perEpoch
            : given == null
                ? config.output().loggingSteps(plan.steps())
                : Intervals.steps(given, plan.steps());
    return (long) Math.ceil(plan.steps() / every);
  }

  private String disk() {
    long result = plan.trained() * Float.BYTES;
    SaveOptions save = config.save();
    long moments = 2 * config.optimizer().momentFormat().bytes(plan.trained());
    long each = result + (save.saveOnlyModel() ? 0 : moments);
    long kept = checkpoints(save);
    String text =
        "result %s, %d %s of %s"
            .formatted(
                Units.bytes(result),
                kept,
                kept == 1 ? "checkpoint" : "checkpoints",
                Units.bytes(each));
    return text + ", together " + Units.bytes(result + kept * each) + free();
  }

  private long checkpoints(SaveOptions save) {
    if (save.saveStrategy() == SaveStrategy.NO) {
      return 0;
    }
    long every =
        save.saveStrategy() == SaveStrategy.STEPS
            ? Intervals.steps(save.saveSteps(), plan.steps())
            : Math.max(1, plan.rows() / Math.max(1, plan.rowsPerStep()));
    long written = Math.max(1, (plan.steps() + every - 1) / every);
    Integer limit = save.saveTotalLimit();
    return limit == null ? written : Math.min(limit, written);
  }

  private String free() {
    Path folder = config.output().outputDir();
    while (folder != null && !Files.isDirectory(folder)) {
      folder = folder.toAbsolutePath().getParent();
    }
    try {
      return folder == null
          ? ""
          : "; " + Units.bytes(Files.getFileStore(folder).getUsableSpace()) + " are free";
    } catch (IOException e) {
      return "";
    }
  }

  private String time() {
    OptionalDouble rate = GemmRate.ofProcessor(MEASURING_SECONDS);
    if (rate.isEmpty()) {
      return "not foretold on a card";
    }
    double epochs = (double) plan.steps() * plan.rowsPerStep() / Math.max(1, plan.rows());
    double tokens = plan.tokensPerEpoch() * epochs;
    double seconds = TrainingCost.training(policy.config(), tokens) / rate.getAsDouble();
    return "%s at the full rate of this machine for %s tokens; count on twice that"
        .formatted(
            Units.time(Duration.ofSeconds((long) Math.ceil(seconds))),
            Units.count(Math.round(tokens)));
  }
}
