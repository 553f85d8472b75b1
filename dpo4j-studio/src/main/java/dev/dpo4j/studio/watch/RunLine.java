/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.report.run.Curve;
import dev.dpo4j.report.run.Divergence;
import dev.dpo4j.report.run.Events;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.report.run.RunState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run in the list.
 *
 * @param name its folder below that of the studio
 * @param run what a glance tells
 * @param changed when its files last changed
 * @param diverges whether its loss has left the numbers or the place where it began
 */
record RunLine(String name, RunRecord run, Instant changed, boolean diverges) {
  static RunLine of(String name, RunRecord run, Instant changed) {
    return new RunLine(name, run, changed, Divergence.of(run).isPresent());
  }

  RunState state() {
    return run.state();
  }

  long step() {
    return (long) run.metrics().lastStep();
  }

  /** The steps of the whole run, 0 where it does not tell. */
  long maxSteps() {
    List<Events.Start> starts = run.events().starts();
    return starts.isEmpty() ? 0 : starts.get(starts.size() - 1).maxSteps();
  }

  /** When the run began, or went on for the last time; empty where it does not tell. */
  String started() {
    List<Events.Start> starts = run.events().starts();
    return starts.isEmpty() ? "" : starts.get(starts.size() - 1).time();
  }

  /** The last finite value of the first of these metrics that has one, or null. */
  @Nullable Double last(String... metrics) {
    for (String metric : metrics) {
      Curve curve = run.curves().get(metric);
      if (curve != null && curve.stats().hasNumbers()) {
        return curve.stats().last();
      }
    }
    return null;
  }
}
