/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.noise;

import dev.dpo4j.cli.sweep.PreparedSweep;
import dev.dpo4j.eval.SweepPoint;
import dev.dpo4j.eval.SweepReport;
import dev.dpo4j.eval.SweepTrial;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the comparison of a study, and which of its differences are more than noise. */
final class NoiseText {
  /** What is compared: the sign of the reward, its size, and what the model says. */
  private static final List<String> FIGURES = List.of("accuracy", "margin", "brushed_off");

  private NoiseText() {}

  static String of(Study study, SweepReport report, long seed) {
    StringBuilder text =
        new StringBuilder("\n")
            .append(study.title())
            .append("\n\n")
            .append(PreparedSweep.table(report));
    for (String figure : FIGURES) {
      for (String key : report.points().get(0).settings().keySet()) {
        groups(report, key)
            .forEach((others, points) -> text.append(compare(figure, key, others, points, seed)));
      }
    }
    return text.toString();
  }

  /** The points that differ in one key alone, by what they agree in. */
  private static Map<String, List<SweepPoint>> groups(SweepReport report, String key) {
    Map<String, List<SweepPoint>> groups = new LinkedHashMap<>();
    for (SweepPoint point : report.points()) {
      List<String> others = new ArrayList<>();
      point
          .settings()
          .forEach(
              (name, value) -> {
                if (!name.equals(key)) {
                  others.add(name + " " + value);
                }
              });
      groups.computeIfAbsent(String.join(", ", others), added -> new ArrayList<>()).add(point);
    }
    groups.values().removeIf(points -> points.size() < 2);
    return groups;
  }

  private static String compare(
      String figure, String key, String others, List<SweepPoint> points, long seed) {
    List<SweepTrial> trials = points.stream().flatMap(point -> point.trials().stream()).toList();
    SweepReport part = SweepReport.of(Map.of(), figure, trials, seed);
    if (part.best() < 0) {
      return "\n%s, %s: no run ended as it should\n".formatted(figure, others);
    }
    String best = part.points().get(part.best()).settings().get(key);
    return "\n%s, %s: best %s is %s\n".formatted(figure, others, key, best)
        + PreparedSweep.noise(part, point -> String.valueOf(point.settings().get(key))).indent(2);
  }
}
