/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.eval.EvalReport;
import dev.dpo4j.eval.EvalSample;
import dev.dpo4j.eval.PairedDifference;
import dev.dpo4j.judge.Comparison;
import dev.dpo4j.stats.Estimate;
import dev.dpo4j.stats.Reliability;
import java.util.Locale;
import java.util.Map;

/** Writes an evaluation as tables for a terminal. */
final class EvalText {
  private EvalText() {}

  static String of(EvalReport report) {
    StringBuilder text = new StringBuilder();
    Table figures = Table.withHeader(report.rows() + " rows", "value", "95 % interval");
    report.figures().forEach((name, found) -> row(figures, name, found));
    text.append(figures.render());
    String why = report.facts().get("rows_dropped_because");
    if (why != null) {
      text.append("rows left out: ").append(why).append('\n');
    }
    String cut = report.facts().get("rows_cut");
    if (cut != null) {
      text.append("rows cut: ").append(cut).append('\n');
    }
    report
        .slices()
        .forEach(
            (by, groups) -> {
              Table table = Table.withHeader(by, "rows", "accuracy", "95 % interval");
              groups.forEach((value, found) -> group(table, value, found));
              text.append('\n').append(table.render());
            });
    Table bins = Table.withHeader("confidence", "rows", "accuracy", "95 % interval");
    for (Reliability.Bin bin : report.reliability().bins()) {
      bins.row(
          number(bin.from()) + " to " + number(bin.to()),
          String.valueOf(bin.right().of()),
          number(bin.right().value()),
          interval(bin.right().low(), bin.right().high()));
    }
    text.append("\ncalibration error ").append(number(report.reliability().error())).append('\n');
    text.append(bins.render());
    PairedDifference reference = report.againstReference();
    if (reference != null) {
      text.append('\n')
          .append(differences("minus the reference", Map.of("logp_accuracy", reference)));
    }
    if (!report.againstSecond().isEmpty()) {
      text.append('\n').append(differences("minus the second model", report.againstSecond()));
    }
    for (EvalSample sample : report.samples()) {
      text.append("\nprompt     ").append(indented(sample.prompt()));
      text.append("\n  model    ").append(indented(sample.model()));
      String other = sample.other();
      if (other != null) {
        text.append("\n  other    ").append(indented(other));
      }
      Comparison comparison = sample.comparison();
      if (comparison != null) {
        text.append("\n  verdict  ").append(verdict(comparison));
      }
      text.append('\n');
    }
    return text.toString().stripTrailing();
  }

  private static String indented(String text) {
    return text.strip().replace("\n", "\n           ");
  }

  private static String verdict(Comparison comparison) {
    return switch (comparison.outcome()) {
      case FIRST -> "model";
      case SECOND -> "other";
      case TIE, HALF_TIE -> "tie";
      case FLIP -> "tie: the judge followed the place";
      case FAILED -> "none: " + comparison.failure();
    };
  }

  private static void row(Table table, String name, Estimate found) {
    table.row(name, number(found.value()), interval(found.low(), found.high()));
  }

  private static void group(Table table, String value, Map<String, Estimate> found) {
    Estimate accuracy = found.getOrDefault("accuracy", Estimate.NONE);
    table.row(
        value,
        String.valueOf(accuracy.cases()),
        number(accuracy.value()),
        interval(accuracy.low(), accuracy.high()));
  }

  private static String differences(String title, Map<String, PairedDifference> found) {
    Table table = Table.withHeader(title, "difference", "95 % interval", "p");
    found.forEach(
        (name, difference) ->
            table.row(
                name,
                number(difference.difference().value()),
                interval(difference.difference().low(), difference.difference().high()),
                number(difference.p())));
    return table.render();
  }

  private static String interval(double low, double high) {
    return number(low) + " to " + number(high);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }
}
