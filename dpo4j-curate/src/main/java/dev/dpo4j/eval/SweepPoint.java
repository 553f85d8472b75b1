/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import dev.dpo4j.stats.Estimate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One combination of the keys of a sweep, over all of its seeds.
 *
 * @param settings the keys that were varied, with their values
 * @param share the share of the whole training that it got
 * @param trials its runs that ended as they should, in the order of their seeds
 * @param diverged how many of its runs met a number that is not finite
 * @param figures the mean of each figure over the seeds, with its interval
 */
public record SweepPoint(
    Map<String, String> settings,
    double share,
    List<SweepTrial> trials,
    int diverged,
    Map<String, Estimate> figures) {
  private static final Set<String> SHARES = Set.of("repetition", "cut_off", "brushed_off");

  public SweepPoint {
    settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    trials = List.copyOf(trials);
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
  }

  /** Puts the runs of a sweep together, points in the order of their first run. */
  static List<SweepPoint> of(List<SweepTrial> trials) {
    Map<List<Object>, List<SweepTrial>> groups = new LinkedHashMap<>();
    for (SweepTrial trial : trials) {
      groups
          .computeIfAbsent(List.of(trial.share(), trial.settings()), added -> new ArrayList<>())
          .add(trial);
    }
    List<SweepPoint> points = new ArrayList<>();
    for (List<SweepTrial> group : groups.values()) {
      List<SweepTrial> good = group.stream().filter(SweepTrial::finished).toList();
      points.add(
          new SweepPoint(
              group.get(0).settings(),
              group.get(0).share(),
              good,
              group.size() - good.size(),
              figures(good)));
    }
    return points;
  }

  private static Map<String, Estimate> figures(List<SweepTrial> trials) {
    Map<String, Estimate> figures = new LinkedHashMap<>();
    Set<String> names = new LinkedHashSet<>();
    trials.forEach(trial -> names.addAll(trial.figures().keySet()));
    for (String name : names) {
      List<Double> values =
          trials.stream()
              .map(trial -> trial.figures().getOrDefault(name, Double.NaN))
              .filter(Double::isFinite)
              .toList();
      if (values.size() == trials.size()) {
        Estimate found = SeedMeans.of(values, RowParts.means(trials, name)).estimate(values.size());
        figures.put(name, isShare(name) ? within(found) : found);
      }
    }
    return figures;
  }

  private static boolean isShare(String figure) {
    return figure.endsWith("accuracy") || SHARES.contains(figure);
  }

  /** A share is none below 0 or above 1, wherever its interval would end. */
  private static Estimate within(Estimate share) {
    return new Estimate(
        share.value(), Math.max(0, share.low()), Math.min(1, share.high()), share.cases());
  }

  /** The settings in words, such as {@code beta=0.1, learning_rate=5e-6}. */
  public String label() {
    return String.join(
        ", ",
        settings.entrySet().stream()
            .map(setting -> setting.getKey() + "=" + setting.getValue())
            .toList());
  }
}
