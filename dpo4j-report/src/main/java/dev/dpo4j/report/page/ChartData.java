/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import dev.dpo4j.report.run.Curve;
import dev.dpo4j.report.run.RunRecord;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** Chooses the plots of a page and writes their points for its script. */
final class ChartData {
  private static final String EVAL = "eval_";
  private static final double GIB = 1L << 30;
  private static final MathContext DIGITS = new MathContext(6, RoundingMode.HALF_EVEN);

  /** What the clock says of an evaluation is no curve to look at. */
  private static final Pattern CLOCK =
      Pattern.compile(".*(_runtime|_samples_per_second|_steps_per_second)");

  private ChartData() {}

  /**
   * A line of a plot.
   *
   * @param label what it is called in the legend
   * @param metric the metric
   * @param run which of the runs it belongs to
   * @param place which of the lines of its run it is
   * @param eval whether it is of an evaluation
   * @param curve its points
   */
  record Line(String label, String metric, int run, int place, boolean eval, Curve curve) {}

  /** A curve that is only drawn; nothing is known of its points but where they are. */
  static Curve curve(String name, double[] x, double[] y) {
    double nan = Double.NaN;
    return new Curve(name, x, y, new Curve.Stats(x.length, 0, nan, nan, nan, nan, 0, nan, nan));
  }

  /**
   * What a plot is over.
   *
   * @param name the name of the axis
   * @param log whether it is logarithmic
   */
  record Axis(Words name, boolean log) {
    static final Axis STEPS = new Axis(new Words("step", "步"), false);
  }

  /** A plot, its lines, and what it is over. */
  record Drawn(Chart chart, List<Line> lines, Axis axis) {
    /** A plot over the steps. */
    Drawn(Chart chart, List<Line> lines) {
      this(chart, lines, Axis.STEPS);
    }
  }

  /** The plots of one run: what belongs together stands in one. */
  static List<Drawn> of(RunRecord run) {
    List<Drawn> all = new ArrayList<>();
    for (Chart chart : charts(run.curves().keySet(), false)) {
      List<Line> lines = new ArrayList<>();
      for (int place = 0; place < chart.metrics().size(); place++) {
        add(lines, run, 0, place, chart.metrics().get(place), chart.metrics().get(place));
      }
      all.add(new Drawn(chart, lines));
    }
    return all;
  }

  /** The plots of several runs: one metric each, a line a run. */
  static List<Drawn> of(List<RunRecord> runs) {
    Set<String> names = new LinkedHashSet<>();
    runs.forEach(run -> names.addAll(run.curves().keySet()));
    List<Drawn> all = new ArrayList<>();
    for (Chart chart : charts(names, true)) {
      List<Line> lines = new ArrayList<>();
      for (int i = 0; i < runs.size(); i++) {
        add(lines, runs.get(i), i, 0, chart.metrics().get(0), runs.get(i).name());
      }
      all.add(new Drawn(chart, lines));
    }
    return all;
  }

  private static void add(
      List<Line> lines, RunRecord run, int number, int place, String metric, String label) {
    Curve train = run.curves().get(metric);
    if (train != null && train.stats().points() > 0) {
      lines.add(new Line(label, metric, number, place, false, train));
    }
    Curve eval = run.curves().get(EVAL + metric);
    if (eval != null && eval.stats().points() > 0) {
      String own = label.equals(metric) ? EVAL + metric : label + " eval";
      lines.add(new Line(own, EVAL + metric, number, place, true, eval));
    }
  }

  private static List<Chart> charts(Collection<String> names, boolean single) {
    Set<String> bases = new LinkedHashSet<>();
    for (String name : names) {
      if (!CLOCK.matcher(name).matches()) {
        bases.add(name.startsWith(EVAL) ? name.substring(EVAL.length()) : name);
      }
    }
    List<Chart> charts = new ArrayList<>();
    for (Chart known : Chart.KNOWN) {
      List<String> there = known.metrics().stream().filter(bases::contains).toList();
      if (single && there.size() > 1) {
        there.forEach(metric -> charts.add(part(known, metric)));
      } else if (!there.isEmpty()) {
        charts.add(new Chart(known.id(), known.title(), known.note(), known.unit(), there));
      }
      known.metrics().forEach(bases::remove);
    }
    bases.forEach(metric -> charts.add(Chart.alone(metric)));
    return charts;
  }

  private static Chart part(Chart known, String metric) {
    Chart alone = Chart.alone(metric);
    Words title = new Words(known.title().en() + ": " + metric, known.title().zh() + "：" + metric);
    return new Chart(alone.id(), title, known.note(), known.unit(), List.of(metric));
  }

  /** The points as JSON that may stand in a page. */
  static String json(List<Drawn> charts) {
    List<Map<String, Object>> all = new ArrayList<>();
    for (Drawn drawn : charts) {
      Map<String, Object> chart = new LinkedHashMap<>();
      chart.put("id", drawn.chart().id());
      chart.put("en", drawn.chart().title().en());
      chart.put("zh", drawn.chart().title().zh());
      chart.put("unitEn", drawn.chart().unit().en());
      chart.put("unitZh", drawn.chart().unit().zh());
      chart.put("xEn", drawn.axis().name().en());
      chart.put("xZh", drawn.axis().name().zh());
      chart.put("xLog", drawn.axis().log());
      List<Map<String, Object>> lines = new ArrayList<>();
      drawn.lines().forEach(line -> lines.add(line(line)));
      chart.put("lines", lines);
      all.add(chart);
    }
    // A script element ends at the first tag of that name, also within a text.
    return JsonMapper.shared().writeValueAsString(all).replace("<", "\\u003c");
  }

  private static Map<String, Object> line(Line line) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("label", line.label());
    map.put("metric", line.metric());
    map.put("run", line.run());
    map.put("place", line.place());
    map.put("eval", line.eval());
    double scale = line.metric().endsWith("_bytes") ? GIB : 1;
    double[] steps = line.curve().steps();
    double[] values = line.curve().values();
    List<Object> x = new ArrayList<>(steps.length);
    List<Object> y = new ArrayList<>(steps.length);
    for (int i = 0; i < steps.length; i++) {
      x.add(steps[i] == Math.rint(steps[i]) ? (Object) (long) steps[i] : (Object) steps[i]);
      y.add(number(values[i] / scale));
    }
    map.put("x", x);
    map.put("y", y);
    return map;
  }

  /** Six digits are more than a screen shows. */
  private static @org.jspecify.annotations.Nullable Object number(double value) {
    return Double.isFinite(value) ? new BigDecimal(value).round(DIGITS).stripTrailingZeros() : null;
  }
}
