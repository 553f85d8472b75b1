/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The plots and the tables of the lab. */
final class LabPage {
  private static final double TERA = 1e12;

  private final List<LabResult> results;

  LabPage(List<LabResult> results) {
    this.results = List.copyOf(results);
  }

  private Map<String, List<LabResult>> byMethod() {
    Map<String, List<LabResult>> all = new LinkedHashMap<>();
    for (LabResult result : results) {
      all.computeIfAbsent(result.method(), absent -> new ArrayList<>()).add(result);
    }
    return all;
  }

  /** Writes the plots next to the results. */
  void writePlots(Path folder) throws IOException {
    LabPlot frontier = new LabPlot("KL divergence from the start, nats", "true reward", false);
    LabPlot trueCurve = new LabPlot("work, TFLOP", "true reward", true);
    LabPlot learnedCurve = new LabPlot("work, TFLOP", "learned reward", true);
    LabPlot time = new LabPlot("seconds of training", "true reward", true);
    LabPlot wins = new LabPlot("temperature", "win rate against the start", true);
    for (LabResult result : results) {
      String name = result.method();
      frontier.add(name, List.of(new double[] {result.last().kl(), result.last().trueReward()}));
      if (result.strength() == 1) {
        trueCurve.add(name, curve(result, p -> p.work() / TERA, LabResult.Point::trueReward));
        learnedCurve.add(name, curve(result, p -> p.work() / TERA, LabResult.Point::learnedReward));
        time.add(name, curve(result, LabResult.Point::seconds, LabResult.Point::trueReward));
        List<double[]> points = new ArrayList<>();
        for (int i = 0; i < result.winRate().size(); i++) {
          points.add(new double[] {LabResult.TEMPERATURES.get(i), result.winRate().get(i)});
        }
        wins.add(name, points);
      }
    }
    AtomicFile.writeString(folder.resolve("ppo-frontier.svg"), frontier.svg());
    AtomicFile.writeString(folder.resolve("ppo-true-reward.svg"), trueCurve.svg());
    AtomicFile.writeString(folder.resolve("ppo-learned-reward.svg"), learnedCurve.svg());
    AtomicFile.writeString(folder.resolve("ppo-time.svg"), time.svg());
    AtomicFile.writeString(folder.resolve("ppo-win-rate.svg"), wins.svg());
  }

  private static List<double[]> curve(
      LabResult result, ToDoubleFunction<LabResult.Point> x, ToDoubleFunction<LabResult.Point> y) {
    return result.points().stream()
        .map(point -> new double[] {x.applyAsDouble(point), y.applyAsDouble(point)})
        .toList();
  }

  /** The table of all methods at their usual strength, as the terminal shows it. */
  String table(int width) {
    Table table =
        Table.withHeader(
            "method", "models", "true reward", "learned", "KL", "win rate", "steps", "seconds");
    byMethod()
        .forEach(
            (method, all) -> {
              List<LabResult> usual =
                  all.stream().filter(result -> result.strength() == 1).toList();
              table.row(
                  method,
                  String.valueOf(usual.get(0).models()),
                  spread(usual, result -> result.last().trueReward()),
                  spread(usual, result -> result.last().learnedReward()),
                  spread(usual, result -> result.last().kl()),
                  spread(usual, result -> result.winRate().get(result.winRate().size() - 1)),
                  spread(usual, LabResult::steps),
                  spread(usual, LabResult::seconds));
            });
    return table.render(width);
  }

  /** The mean, and where there are several seeds the least and the greatest. */
  private static String spread(List<LabResult> all, ToDoubleFunction<LabResult> of) {
    double[] values = all.stream().mapToDouble(of).sorted().toArray();
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    String mean = String.format(Locale.ROOT, "%.2f", sum / values.length);
    return values.length == 1
        ? mean
        : String.format(
            Locale.ROOT, "%s (%.2f to %.2f)", mean, values[0], values[values.length - 1]);
  }

  /** What the methods say to the first held-out prompt. */
  String samples() {
    StringBuilder text = new StringBuilder();
    byMethod()
        .forEach((method, all) -> text.append("%-18s %s%n".formatted(method, all.get(0).sample())));
    return text.toString();
  }
}
