/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.eval.SweepPoint;
import dev.dpo4j.eval.SweepReport;
import dev.dpo4j.stats.Estimate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes a sweep for a terminal. */
final class SweepText {
  /** Figures that are shown where they were measured; the one that decides stands first. */
  private static final List<String> SHOWN =
      List.of(
          "accuracy",
          "auc",
          "margin",
          "token_accuracy",
          "entropy",
          "kl",
          "mismatched_kl",
          "displacement",
          "answer_tokens",
          "repetition",
          "cut_off",
          "brushed_off");

  private SweepText() {}

  /** The runs of a sweep that has not begun. */
  static String plan(SweepTrials trials) {
    StringBuilder text = new StringBuilder();
    List<Double> shares = trials.rounds();
    for (int round = 0; round < shares.size(); round++) {
      if (shares.size() > 1) {
        text.append(
            String.format(
                Locale.ROOT,
                "round %d: %d combinations, %.3g of the training%n",
                round + 1,
                trials.survivors(round),
                shares.get(round)));
      }
      if (round == 0) {
        trials
            .of(trials.points(), shares.get(round))
            .forEach(trial -> text.append(trial.name()).append('\n'));
      }
    }
    return text.toString();
  }

  static String of(SweepReport report) {
    StringBuilder text = new StringBuilder(figures(report));
    if (report.best() < 0) {
      return text.append("\nno run ended as it should\n").toString();
    }
    SweepPoint best = report.points().get(report.best());
    text.append('\n')
        .append("best ")
        .append(report.metric())
        .append(": ")
        .append(best.label())
        .append('\n');
    for (Map.Entry<String, String> setting : best.settings().entrySet()) {
      List<String> interval = report.interval(setting.getKey());
      text.append("best ")
          .append(setting.getKey())
          .append(": ")
          .append(setting.getValue())
          .append(", 95 % interval ")
          .append(String.join(" to ", interval))
          .append('\n');
    }
    return text.append(noise(report, SweepPoint::label)).toString();
  }

  static String figures(SweepReport report) {
    Set<String> names = new LinkedHashSet<>(List.of(report.metric()));
    for (String name : SHOWN) {
      if (report.points().stream().anyMatch(point -> point.figures().containsKey(name))) {
        names.add(name);
      }
    }
    List<String> titles = new ArrayList<>();
    Set<String> keys = new LinkedHashSet<>();
    report.points().forEach(point -> keys.addAll(point.settings().keySet()));
    boolean rounds = report.points().stream().anyMatch(point -> point.share() < 1);
    titles.addAll(keys);
    if (rounds) {
      titles.add("training");
    }
    titles.add("runs");
    for (String name : names) {
      titles.add(name);
      if (name.equals(report.metric())) {
        titles.add("95 % interval");
      }
    }
    Table table = Table.withHeader(titles.toArray(String[]::new));
    for (SweepPoint point : report.points()) {
      List<String> cells = new ArrayList<>();
      keys.forEach(key -> cells.add(point.settings().getOrDefault(key, "")));
      if (rounds) {
        cells.add(String.format(Locale.ROOT, "%.3g", point.share()));
      }
      int all = point.trials().size() + point.diverged();
      cells.add(
          point.diverged() == 0
              ? String.valueOf(all)
              : all + ", " + point.diverged() + " diverged");
      for (String name : names) {
        Estimate found = point.figures().getOrDefault(name, Estimate.NONE);
        cells.add(number(found.value()));
        if (name.equals(report.metric())) {
          cells.add(number(found.low()) + " to " + number(found.high()));
        }
      }
      table.row(cells.toArray(String[]::new));
    }
    return table.render();
  }

  /**
   * Which points are worse than the best by more than noise, and which are not.
   *
   * @param name what a point is called
   */
  static String noise(SweepReport report, Function<SweepPoint, String> name) {
    int seeds = report.points().get(report.best()).trials().size();
    if (seeds < SweepReport.LEAST_SEEDS) {
      return "fewer than 3 seeds: no difference can be called more than noise\n";
    }
    String worse =
        report.differences().stream()
            .filter(SweepReport.Difference::beyondNoise)
            .map(one -> name.apply(report.points().get(one.point())))
            .collect(Collectors.joining("; "));
    String equal =
        report.differences().stream()
            .filter(one -> !one.beyondNoise())
            .map(one -> name.apply(report.points().get(one.point())))
            .collect(Collectors.joining("; "));
    return (worse.isEmpty() ? "" : "worse by more than noise: " + worse + "\n")
        + (equal.isEmpty() ? "" : "not to be told from the best: " + equal + "\n");
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.4f", value);
  }
}
