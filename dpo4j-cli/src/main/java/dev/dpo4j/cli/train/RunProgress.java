/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.terminal.Block;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Progress;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.cli.terminal.TextWidth;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.train.loop.MemoryPlan;
import dev.dpo4j.train.loop.RunPlan;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Shows a run on stderr: its plan, its progress, and its log. */
public final class RunProgress implements TrainListener {
  private final Console console;
  private final Clock clock;
  private @Nullable Instant start;
  private long rows;
  private String unit = "rows";
  private long tokens;
  private boolean begun;
  private @Nullable StepReport last;
  private @Nullable StatusLine reference;
  private @Nullable StatusLine evaluation;
  private final Map<String, Phase> phases = new LinkedHashMap<>();

  /**
   * A part of a run that has ended.
   *
   * @param result how it ended
   * @param tokensPerSecond how fast it was, 0 where no step was done
   */
  public record Phase(TrainResult result, double tokensPerSecond) {}

  RunProgress(Console console, Clock clock) {
    this.console = console;
    this.clock = clock;
  }

  @Override
  public void onPlan(RunPlan plan) {
    begun = true;
    unit = plan.unit();
    console.err().print(describe(plan, console.terminal().textWidth()));
  }

  static String describe(RunPlan plan, int width) {
    MemoryPlan memory = plan.memory();
    Block text = new Block(width);
    text.line("method", plan.method());
    text.line("model", plan.model() + ", " + Units.count(plan.parameters()) + " parameters");
    if (plan.adapter() != null) {
      text.line("adapter", plan.adapter() + ", " + Units.count(plan.trained()) + " are trained");
    }
    text.line("reference", plan.reference());
    String held = plan.evalRows() == 0 ? "" : ", " + Units.count(plan.evalRows()) + " held out";
    text.line(
        "data",
        Units.count(plan.rows())
            + " "
            + plan.unit()
            + held
            + ", "
            + Units.count(plan.tokensPerEpoch())
            + " tokens an epoch");
    text.line(
        "steps",
        Units.count(plan.steps())
            + " of "
            + Units.count(Math.min(plan.rows(), plan.rowsPerStep()))
            + " "
            + plan.unit());
    String kept =
        plan.keptLayers() == plan.layers()
            ? ""
            : ", activations kept in %d of %d layers".formatted(plan.keptLayers(), plan.layers());
    String host = memory.host() == 0 ? "" : ", " + Units.bytes(memory.host()) + " left to the host";
    text.line("memory", "about " + Units.bytes(memory.total()) + " at the peak" + host + kept);
    text.line("compute", plan.compute());
    text.line("engine", plan.engine());
    return "plan\n" + text;
  }

  @Override
  public void onReference(int rowsDone, int rows) {
    StatusLine line = reference == null ? new StatusLine(console, clock) : reference;
    reference = line;
    line.show(rowsDone, rows, "rows", "reference log-probs");
    if (rowsDone == rows) {
      line.clear();
      reference = null;
    }
    if (rowsDone == rows && !console.terminal().interactive()) {
      console.err().println("reference log-probs of " + rows + " rows computed");
    }
  }

  @Override
  public void onEvaluation(int batchesDone, int batches) {
    if (batchesDone == 0 || evaluation == null) {
      evaluation = new StatusLine(console, clock);
    }
    evaluation.show(batchesDone, batches, "batches", "evaluation");
  }

  @Override
  public void onPhase(String name, TrainResult result) {
    phases.put(name, phase(result));
    start = null;
    rows = 0;
    tokens = 0;
    last = null;
  }

  /** Whether the run has begun, and its folder is its own. */
  boolean begun() {
    return begun;
  }

  /** The phases that came before the run's own, in order. */
  Map<String, Phase> phases() {
    return phases;
  }

  /** The part of the run that has just ended. */
  Phase phase(TrainResult result) {
    return new Phase(result, result.seconds() == 0 ? 0 : tokens / result.seconds());
  }

  @Override
  public void onNote(String name, String message) {
    String text = name + ": " + message;
    console.err().println(TextWidth.wrap(text, console.terminal().textWidth(), 0));
  }

  @Override
  public void onWarning(String name, String message) {
    String text = "warning: " + name + ": " + message;
    console.err().println(TextWidth.wrap(text, console.terminal().textWidth(), 0));
  }

  @Override
  public void onStep(StepReport report) {
    if (start == null) {
      start = clock.instant().minusNanos((long) (report.seconds() * 1e9));
    }
    rows += report.pairs();
    tokens += report.tokens();
    last = report;
    if (console.terminal().interactive()) {
      status(progress(report).line(console.terminal()));
    }
  }

  @Override
  public void onLog(long step, double epoch, Map<String, Double> metrics) {
    @Nullable StepReport report = last;
    boolean evaluation = metrics.keySet().stream().anyMatch(name -> name.startsWith("eval_"));
    if (evaluation) {
      console.err().println("step " + step + "  " + evaluation(metrics));
    } else if (report != null && !console.terminal().interactive()) {
      console.err().println(progress(report).line(console.terminal()));
    }
  }

  private static String evaluation(Map<String, Double> metrics) {
    return metrics.entrySet().stream()
        .filter(
            entry ->
                entry
                    .getKey()
                    .matches("eval_(loss|accuracy|margin)|eval_rewards/(accuracies|margins)"))
        .map(entry -> entry.getKey() + " " + String.format(Locale.ROOT, "%.4f", entry.getValue()))
        .collect(Collectors.joining("  "));
  }

  private Progress progress(StepReport report) {
    Instant began = start == null ? clock.instant() : start;
    return new Progress(
        report.step(),
        report.maxSteps(),
        rows,
        unit,
        tokens,
        value(report, "loss"),
        value(report, report.metrics().containsKey("margin") ? "margin" : "rewards/margins"),
        Duration.between(began, clock.instant()),
        ProcessMemory.peak());
  }

  private static OptionalDouble value(StepReport report, String name) {
    @Nullable Double value = report.metrics().get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** Takes the progress line off the screen. */
  void finish() {
    if (console.terminal().interactive()) {
      status("");
    }
  }

  private void status(String text) {
    console.status().status(text);
  }
}
