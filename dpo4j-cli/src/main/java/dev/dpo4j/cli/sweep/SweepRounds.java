/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.sweep;

import dev.dpo4j.eval.SweepReport;
import dev.dpo4j.eval.SweepTrial;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rounds of a sweep: one for a grid, and fewer and longer runs in each of halving. */
final class SweepRounds {
  private final SweepTrials trials;
  private final SweepRunner runner;

  SweepRounds(SweepTrials trials, SweepRunner runner) {
    this.trials = trials;
    this.runner = runner;
  }

  /** Returns what all runs of all rounds left, nothing where it was stopped. */
  List<SweepTrial> run() throws IOException {
    List<SweepTrial> results = new ArrayList<>();
    List<Map<String, String>> left = trials.points();
    List<Double> shares = trials.rounds();
    for (int round = 0; round < shares.size(); round++) {
      @Nullable List<SweepTrial> found = runner.run(trials.of(left, shares.get(round)));
      if (found == null) {
        return List.of();
      }
      results.addAll(found);
      if (round + 1 < shares.size()) {
        left = best(found, trials.survivors(round + 1));
      }
    }
    return results;
  }

  /** The combinations whose mean over the seeds is best; one that diverged is worst. */
  private List<Map<String, String>> best(List<SweepTrial> found, int count) {
    String metric = runner.metric();
    int sign = SweepReport.prefersGreater(metric) ? -1 : 1;
    Map<Map<String, String>, List<Double>> values = new LinkedHashMap<>();
    for (SweepTrial trial : found) {
      values
          .computeIfAbsent(trial.settings(), added -> new ArrayList<>())
          .add(
              trial.finished()
                  ? sign * trial.figures().getOrDefault(metric, Double.POSITIVE_INFINITY)
                  : Double.POSITIVE_INFINITY);
    }
    return values.entrySet().stream()
        .sorted(
            Comparator.comparingDouble(
                entry ->
                    entry.getValue().stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElse(Double.POSITIVE_INFINITY)))
        .limit(count)
        .map(Map.Entry::getKey)
        .toList();
  }
}
