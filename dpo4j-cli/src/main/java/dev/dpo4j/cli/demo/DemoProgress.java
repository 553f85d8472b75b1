/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Progress;
import dev.dpo4j.io.ProcessMemory;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** Shows how far a phase of the demo is, and keeps its metrics for the plots. */
final class DemoProgress implements TrainListener {
  private static final int PLAIN_LINES = 5;

  private final Console console;
  private final long start = System.nanoTime();
  private final List<StepReport> steps = new ArrayList<>();
  private final String unit;
  private long rows;
  private long tokens;

  /** Shows a phase whose rows are called so. */
  DemoProgress(Console console, String unit) {
    this.console = console;
    this.unit = unit;
  }

  @Override
  public void onStep(StepReport report) {
    steps.add(report);
    rows += report.pairs();
    tokens += report.tokens();
    boolean last = report.step() == report.maxSteps();
    String line = progress(report).line(console.terminal());
    if (console.terminal().interactive() && !last) {
      console.status().status(line);
    } else if (last || report.step() % Math.max(1, report.maxSteps() / PLAIN_LINES) == 0) {
      console.status().status("");
      console.err().println("     " + line);
    }
  }

  private Progress progress(StepReport report) {
    return new Progress(
        report.step(),
        report.maxSteps(),
        rows,
        unit,
        tokens,
        optional(report, "loss"),
        optional(report, "rewards/margins"),
        Duration.ofNanos(System.nanoTime() - start),
        ProcessMemory.peak());
  }

  private static OptionalDouble optional(StepReport report, String metric) {
    Double value = report.metrics().get(metric);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** One value for each step. */
  double[] curve(String metric) {
    return steps.stream()
        .mapToDouble(step -> step.metrics().getOrDefault(metric, Double.NaN))
        .toArray();
  }
}
