/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.report.run.Curve;
import dev.dpo4j.report.run.RunState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The runs in the text format of Prometheus, version 0.0.4. */
final class PrometheusText {
  /** The content type of the format. */
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final StringBuilder text = new StringBuilder();
  private final List<RunLine> runs;

  private PrometheusText(List<RunLine> runs) {
    this.runs = runs;
  }

  static String of(List<RunLine> runs) {
    PrometheusText prometheus = new PrometheusText(new ArrayList<>(runs));
    prometheus.states();
    prometheus.gauge("dpo4j_run_step", "Last optimizer step in the log.", RunLine::step);
    prometheus.gauge(
        "dpo4j_run_max_steps",
        "Optimizer steps of the run.",
        run -> run.maxSteps() == 0 ? Double.NaN : run.maxSteps());
    prometheus.gauge(
        "dpo4j_run_diverging",
        "1 where the loss is no finite number or far above its start.",
        run -> run.diverges() ? 1 : 0);
    prometheus.gauge(
        "dpo4j_run_changed_timestamp_seconds",
        "When the files of the run last changed.",
        run -> run.changed().toEpochMilli() / 1e3);
    prometheus.metrics();
    return prometheus.text.toString();
  }

  private void head(String name, String help) {
    text.append("# HELP ").append(name).append(' ').append(help).append('\n');
    text.append("# TYPE ").append(name).append(" gauge\n");
  }

  private void gauge(String name, String help, ToDoubleFunction<RunLine> value) {
    head(name, help);
    for (RunLine run : runs) {
      double found = value.applyAsDouble(run);
      if (!Double.isNaN(found)) {
        sample(name, found, "run", run.name());
      }
    }
  }

  private void states() {
    head("dpo4j_run_state", "1 for the state that the run is in, 0 for the others.");
    for (RunLine run : runs) {
      for (RunState state : RunState.values()) {
        String name = state.name().toLowerCase(Locale.ROOT);
        sample("dpo4j_run_state", run.state() == state ? 1 : 0, "run", run.name(), "state", name);
      }
    }
  }

  private void metrics() {
    head("dpo4j_run_metric", "Last value of a metric of the log.");
    for (RunLine run : runs) {
      for (Curve curve : run.run().curves().values()) {
        double[] values = curve.values();
        if (values.length > 0) {
          // A metric that has left the numbers says so: the last finite value would hide it.
          boolean lost = !Double.isFinite(values[values.length - 1]);
          double last = lost ? Double.NaN : curve.stats().last();
          sample("dpo4j_run_metric", last, "run", run.name(), "metric", curve.name());
        }
      }
    }
  }

  private void sample(String name, double value, String... labels) {
    text.append(name).append('{');
    for (int i = 0; i < labels.length; i += 2) {
      text.append(i == 0 ? "" : ",").append(labels[i]).append("=\"");
      text.append(escape(labels[i + 1])).append('"');
    }
    text.append("} ").append(number(value)).append('\n');
  }

  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.valueOf((long) value)
        : String.valueOf(value);
  }

  private static String escape(String label) {
    return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
