/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The plots and the tables of the lab. */
final class LabPage {
  private static final double GIGA = 1e9;
  private static final double MIB = 1 << 20;

  private final List<LabResult> results;
  private final List<LabNoise> noises;

  /**
   * Takes what was measured.
   *
   * @param results of the comparison, the grid and the ablation
   * @param noises of the gradients
   */
  LabPage(List<LabResult> results, List<LabNoise> noises) {
    this.results = List.copyOf(results);
    this.noises = List.copyOf(noises);
  }

  /** The runs with the usual settings and the usual strength, by method. */
  private Map<LabMethod, List<LabResult>> usual() {
    Map<LabMethod, List<LabResult>> all = new LinkedHashMap<>();
    for (LabResult result : results) {
      if (result.strength() == 1 && result.change().isEmpty() && result.failure().isEmpty()) {
        all.computeIfAbsent(result.method(), absent -> new ArrayList<>()).add(result);
      }
    }
    return all;
  }

  /** Writes the plots into a folder. */
  void writePlots(Path folder) throws IOException {
    write(folder, "ppo-frontier", frontier());
    String work = "work, TFLOP";
    ToDoubleFunction<LabResult.Point> tera = point -> point.work() / GIGA / 1000;
    write(
        folder,
        "ppo-true-reward",
        curves("True reward, strength 1", work, "true reward", tera, LabResult.Point::trueReward));
    write(
        folder,
        "ppo-learned-reward",
        curves(
            "Learned reward, strength 1",
            work,
            "learned reward",
            tera,
            LabResult.Point::learnedReward));
    write(
        folder,
        "ppo-time",
        curves(
            "True reward over time, strength 1",
            "processor time of training, seconds",
            "true reward",
            LabResult.Point::cpuSeconds,
            LabResult.Point::trueReward));
    write(folder, "ppo-win-rate", winRates());
  }

  private static void write(Path folder, String name, LabPlot plot) throws IOException {
    AtomicFile.writeString(folder.resolve(name + ".svg"), plot.svg());
  }

  /** One point for each strength, the greatest first. */
  private LabPlot frontier() {
    LabPlot plot =
        new LabPlot(
            "Reward against KL, all strengths",
            "KL divergence from the start, nats",
            "true reward");
    for (LabMethod method : LabMethod.values()) {
      List<Double> strengths =
          results.stream()
              .map(LabResult::strength)
              .distinct()
              .sorted((a, b) -> b.compareTo(a))
              .toList();
      List<LabPlot.Place> places = new ArrayList<>();
      for (double strength : strengths) {
        List<LabResult> runs =
            results.stream()
                .filter(r -> r.method() == method && r.strength() == strength)
                .filter(r -> r.change().isEmpty() && r.failure().isEmpty())
                .toList();
        if (!runs.isEmpty()) {
          places.add(place(runs, r -> r.last().kl(), result -> result.last().trueReward()));
        }
      }
      if (!places.isEmpty()) {
        plot.add(method.title(), method.colour(), places);
      }
    }
    return plot;
  }

  private static LabPlot.Place place(
      List<LabResult> runs, ToDoubleFunction<LabResult> x, ToDoubleFunction<LabResult> y) {
    double[] values = runs.stream().mapToDouble(y).sorted().toArray();
    return new LabPlot.Place(
        runs.stream().mapToDouble(x).average().orElse(Double.NaN),
        Arrays.stream(values).average().orElse(Double.NaN),
        values[0],
        values[values.length - 1]);
  }

  private LabPlot curves(
      String title,
      String xTitle,
      String yTitle,
      ToDoubleFunction<LabResult.Point> x,
      ToDoubleFunction<LabResult.Point> y) {
    LabPlot plot = new LabPlot(title, xTitle, yTitle);
    usual()
        .forEach(
            (method, runs) -> {
              int common = runs.stream().mapToInt(run -> run.points().size()).min().orElse(0);
              List<LabPlot.Place> places =
                  IntStream.range(0, common)
                      .mapToObj(
                          i ->
                              place(
                                  runs,
                                  run -> x.applyAsDouble(run.points().get(i)),
                                  run -> y.applyAsDouble(run.points().get(i))))
                      .toList();
              plot.add(method.title(), method.colour(), places);
            });
    return plot;
  }

  private LabPlot winRates() {
    LabPlot plot = new LabPlot("Win rate against the start, strength 1", "temperature", "win rate");
    usual()
        .forEach(
            (method, runs) -> {
              List<LabPlot.Place> places = new ArrayList<>();
              for (int i = 0; i < LabResult.TEMPERATURES.size(); i++) {
                int at = i;
                places.add(
                    place(runs, r -> LabResult.TEMPERATURES.get(at), r -> r.winRate().get(at)));
              }
              plot.add(method.title(), method.colour(), places);
            });
    return plot;
  }

  /** What each method came to at its usual strength, with what it took. */
  String methods() {
    Table table =
        Table.withHeader(
            "method",
            "true reward",
            "learned",
            "KL",
            "win rate",
            "GFLOP",
            "steps",
            "seconds",
            "CPU s");
    usual()
        .forEach(
            (method, runs) ->
                table.row(
                    method.title(),
                    spread(runs, run -> run.last().trueReward()),
                    spread(runs, run -> run.last().learnedReward()),
                    spread(runs, run -> run.last().kl()),
                    spread(runs, run -> run.winRate().get(run.winRate().size() - 1)),
                    mean(runs, run -> run.work() / GIGA, "%.0f"),
                    mean(runs, LabResult::steps, "%.0f"),
                    mean(runs, LabResult::seconds, "%.1f"),
                    mean(runs, LabResult::cpuSeconds, "%.1f")));
    return table.render();
  }

  /** What each method needs. */
  String needs() {
    Table table =
        Table.withHeader(
            "method", "models held", "memory, MiB", "settings", "tokens with a signal");
    usual()
        .forEach(
            (method, runs) ->
                table.row(
                    method.title(),
                    String.valueOf(method.models()),
                    mean(runs, run -> run.memory() / MIB, "%.0f"),
                    String.valueOf(method.tuned().size()),
                    mean(runs, LabResult::signal, "%.3f")));
    return table.render();
  }

  /** The rewards at every strength. */
  String strengths() {
    Table table = Table.withHeader("method", "strength", "true reward", "learned", "KL");
    grouped(result -> result.change().isEmpty() && result.method().hasStrength())
        .forEach(
            (name, runs) ->
                table.row(
                    runs.get(0).method().title(),
                    String.valueOf(runs.get(0).strength()),
                    spread(runs, run -> run.last().trueReward()),
                    spread(runs, run -> run.last().learnedReward()),
                    spread(runs, run -> run.last().kl())));
    return table.render();
  }

  /** The runs with other settings; empty where there are none. */
  String changes() {
    Table table = Table.withHeader("method", "change", "true reward", "KL", "failed seeds");
    Map<String, List<LabResult>> all = grouped(result -> !result.change().isEmpty());
    all.forEach(
        (name, runs) -> {
          List<LabResult> whole = runs.stream().filter(r -> r.failure().isEmpty()).toList();
          table.row(
              runs.get(0).method().title(),
              runs.get(0).change(),
              spread(whole, run -> run.last().trueReward()),
              spread(whole, run -> run.last().kl()),
              String.valueOf(runs.size() - whole.size()));
        });
    return all.isEmpty() ? "" : table.render();
  }

  /**
   * How much the true reward depends on the settings, by method: over the settings of the grid,
   * each at a quarter and at four times its value, the mean, least and greatest of the seeds'
   * means.
   */
  String grid() {
    Table table = Table.withHeader("method", "runs", "failed", "true reward", "usual settings");
    for (LabMethod method : LabMethod.values()) {
      List<List<LabResult>> changed =
          grouped(r -> r.method() == method && isOfGrid(r)).values().stream().toList();
      if (changed.stream().flatMap(List::stream).allMatch(r -> r.change().isEmpty())) {
        continue;
      }
      List<LabResult> all = changed.stream().flatMap(List::stream).toList();
      double[] means =
          changed.stream()
              .map(runs -> runs.stream().filter(run -> run.failure().isEmpty()).toList())
              .filter(runs -> !runs.isEmpty())
              .mapToDouble(runs -> place(runs, r -> 0, r -> r.last().trueReward()).y())
              .sorted()
              .toArray();
      List<LabResult> usual = usual().getOrDefault(method, List.of());
      table.row(
          method.title(),
          String.valueOf(all.size()),
          String.valueOf(all.stream().filter(run -> !run.failure().isEmpty()).count()),
          means.length == 0
              ? "-"
              : "%s (%s to %s)"
                  .formatted(
                      number(Arrays.stream(means).average().orElse(Double.NaN), "%.2f"),
                      number(means[0], "%.2f"),
                      number(means[means.length - 1], "%.2f")),
          spread(usual, run -> run.last().trueReward()));
    }
    return table.render();
  }

  private static boolean isOfGrid(LabResult result) {
    boolean strength = result.strength() == 0.25 || result.strength() == 4;
    return result.change().isEmpty() ? strength : result.change().contains(" x ");
  }

  /** What a real model takes. */
  static String memory(List<LabMemory> memories) {
    Table table = Table.withHeader("method", "models held", "foretold, GB", "peak, GB");
    for (LabMemory memory : memories) {
      table.row(
          memory.method(),
          String.valueOf(memory.models()),
          number(memory.foretold() / GIGA, "%.1f"),
          number(memory.peak() / GIGA, "%.1f"));
    }
    return table.render();
  }

  private Map<String, List<LabResult>> grouped(Function<LabResult, Boolean> chosen) {
    Map<String, List<LabResult>> all = new LinkedHashMap<>();
    for (LabMethod method : LabMethod.values()) {
      for (LabResult result : results) {
        if (result.method() == method && chosen.apply(result)) {
          String name = method + " " + result.strength() + " " + result.change();
          all.computeIfAbsent(name, absent -> new ArrayList<>()).add(result);
        }
      }
    }
    return all;
  }

  /** How much the gradients of minibatches differ. */
  String gradients() {
    Table table =
        Table.withHeader(
            "method", "variance / mean^2", "GFLOP a minibatch", "GFLOP to a ratio of 1");
    for (LabNoise noise : noises) {
      table.row(
          noise.method().title(),
          noise.noise() > 0 ? number(noise.noise(), "%.2f") : "too noisy to say",
          number(noise.work() / GIGA, "%.1f"),
          noise.noise() > 0 ? number(noise.noise() * noise.work() / GIGA, "%.1f") : "-");
    }
    return table.render();
  }

  private static String number(double value, String format) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String mean(List<LabResult> runs, ToDoubleFunction<LabResult> of, String format) {
    return number(runs.stream().mapToDouble(of).average().orElse(Double.NaN), format);
  }

  /** The mean, and where there are several seeds the least and the greatest. */
  private static String spread(List<LabResult> runs, ToDoubleFunction<LabResult> of) {
    if (runs.isEmpty()) {
      return "-";
    }
    LabPlot.Place place = place(runs, run -> 0, of);
    String mean = number(place.y(), "%.2f");
    return runs.size() == 1
        ? mean
        : mean + " (" + number(place.least(), "%.2f") + " to " + number(place.most(), "%.2f") + ")";
  }

  /** What the methods say to the first held-out prompt. */
  String samples() {
    Table table = Table.withHeader("method", "answer");
    usual().forEach((method, runs) -> table.row(method.title(), runs.get(0).sample()));
    return table.render();
  }
}
