/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import dev.dpo4j.report.run.Curve;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** The plots of a sweep: what decides against the KL divergence, and figures over each key. */
final class SweepCharts {
  private static final String KL = "kl";

  /** A key whose greatest value is so many times its least has a logarithmic axis. */
  private static final double WIDE = 9;

  private static final Map<String, Words> OVER_KEYS = new LinkedHashMap<>();

  static {
    OVER_KEYS.put(KL, new Words("KL divergence", "KL 散度"));
    OVER_KEYS.put("displacement", new Words("Displacement", "位移"));
    OVER_KEYS.put("answer_tokens", new Words("Length of the answers", "回答长度"));
    OVER_KEYS.put("repetition", new Words("Repetition", "重复率"));
  }

  private final String metric;
  private final List<JsonNode> points = new ArrayList<>();

  SweepCharts(JsonNode root) {
    this.metric = root.path("metric").asString("accuracy");
    double whole = 0;
    for (JsonNode point : root.path("points")) {
      whole = Math.max(whole, point.path("share").asDouble(1));
    }
    for (JsonNode point : root.path("points")) {
      if (point.path("share").asDouble(1) == whole) {
        points.add(point);
      }
    }
  }

  List<ChartData.Drawn> all() {
    List<ChartData.Drawn> charts = new ArrayList<>();
    List<String> keys = numericKeys();
    if (!metric.equals(KL) && points.stream().anyMatch(point -> has(point, KL))) {
      add(charts, againstKl(keys.isEmpty() ? "" : keys.get(0)));
    }
    for (String key : keys) {
      add(charts, over(key, metric, Words.same(metric)));
      OVER_KEYS.forEach(
          (figure, title) -> {
            if (!figure.equals(metric)) {
              add(charts, over(key, figure, title));
            }
          });
    }
    return charts;
  }

  private static void add(List<ChartData.Drawn> charts, ChartData.Drawn drawn) {
    if (!drawn.lines().isEmpty()) {
      charts.add(drawn);
    }
  }

  private List<String> numericKeys() {
    List<String> keys = new ArrayList<>();
    if (!points.isEmpty()) {
      points
          .get(0)
          .path("settings")
          .properties()
          .forEach(
              one -> {
                long different =
                    points.stream()
                        .mapToDouble(point -> setting(point, one.getKey()))
                        .filter(Double::isFinite)
                        .distinct()
                        .count();
                if (different > 1) {
                  keys.add(one.getKey());
                }
              });
    }
    return keys;
  }

  private static double setting(JsonNode point, String key) {
    try {
      return Double.parseDouble(point.path("settings").path(key).asString(""));
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }

  private static boolean has(JsonNode point, String figure) {
    return point.path("figures").path(figure).path("value").isNumber();
  }

  private static double value(JsonNode point, String figure) {
    return point.path("figures").path(figure).path("value").asDouble(Double.NaN);
  }

  private ChartData.Drawn againstKl(String key) {
    Words title = new Words(metric + " against KL divergence", metric + " 与 KL 散度");
    Chart chart =
        new Chart(
            "against_kl",
            title,
            new Words(
                "Each point is a combination. High and to the left is better: the same result with less drift.",
                "每个点是一个组合。越靠左上越好：偏离更小而效果相同。"),
            Words.same(""),
            List.of(metric));
    ChartData.Axis axis = new ChartData.Axis(new Words("KL, nats", "KL（奈特）"), false);
    return new ChartData.Drawn(chart, lines(key, metric, point -> value(point, KL)), axis);
  }

  private ChartData.Drawn over(String key, String figure, Words title) {
    Chart chart =
        new Chart(
            (figure + "_over_" + key).replaceAll("[^A-Za-z0-9]+", "_"),
            new Words(title.en() + " over " + key, title.zh() + " 随 " + key),
            Words.same(""),
            Words.same(""),
            List.of(figure));
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (JsonNode point : points) {
      double value = setting(point, key);
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    boolean log = low > 0 && high / low > WIDE;
    ChartData.Axis axis = new ChartData.Axis(Words.same(key), log);
    return new ChartData.Drawn(chart, lines(key, figure, point -> setting(point, key)), axis);
  }

  private interface Place {
    double of(JsonNode point);
  }

  /** A line for each combination of the other keys, its points from left to right. */
  private List<ChartData.Line> lines(String key, String figure, Place place) {
    Map<String, TreeMap<Double, Double>> lines = new LinkedHashMap<>();
    for (JsonNode point : points) {
      double x = place.of(point);
      if (has(point, figure) && Double.isFinite(x)) {
        List<String> others = new ArrayList<>();
        point
            .path("settings")
            .properties()
            .forEach(
                one -> {
                  if (!one.getKey().equals(key)) {
                    others.add(one.getKey() + "=" + one.getValue().asString(""));
                  }
                });
        String label = others.isEmpty() ? figure : String.join(", ", others);
        lines.computeIfAbsent(label, added -> new TreeMap<>()).put(x, value(point, figure));
      }
    }
    List<ChartData.Line> drawn = new ArrayList<>();
    lines.forEach(
        (label, values) ->
            drawn.add(
                new ChartData.Line(label, figure, drawn.size(), 0, false, curve(figure, values))));
    return drawn;
  }

  private static Curve curve(String name, Map<Double, Double> points) {
    double[] x = points.keySet().stream().mapToDouble(Double::doubleValue).toArray();
    double[] y = points.values().stream().mapToDouble(Double::doubleValue).toArray();
    return ChartData.curve(name, x, y);
  }
}
