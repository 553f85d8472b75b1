/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import dev.dpo4j.report.run.Curve;
import dev.dpo4j.report.run.RunRecord;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The page of several runs: their curves over each other, their figures, and how they differ. */
public final class ComparePage {
  /**
   * Figures that are compared, and in which direction they are better: 1 up, -1 down, 0 neither.
   */
  private static final Map<String, Integer> FIGURES = new LinkedHashMap<>();

  static {
    FIGURES.put("eval_rewards/accuracies", 1);
    FIGURES.put("eval_rewards/margins", 1);
    FIGURES.put("eval_loss", -1);
    FIGURES.put("rewards/accuracies", 1);
    FIGURES.put("rewards/margins", 1);
    FIGURES.put("loss", -1);
    FIGURES.put("logps/chosen_shift", 0);
    FIGURES.put("kl", 0);
    FIGURES.put("grad_norm", 0);
    FIGURES.put("tokens_per_second", 1);
    FIGURES.put("memory_bytes", -1);
  }

  /** Keys that every run has for itself. */
  private static final Set<String> OWN = Set.of("output_dir", "overwrite_output_dir");

  private final List<RunRecord> runs;
  private final PageHtml html;
  private final String version;

  private ComparePage(List<RunRecord> runs, PageHtml html, String version) {
    this.runs = runs;
    this.html = html;
    this.version = version;
  }

  /**
   * Returns the page.
   *
   * @param language {@code en} or {@code zh}; the page has both, and begins with this one
   */
  public static String of(List<RunRecord> runs, String language, String version) {
    return new ComparePage(runs, new PageHtml(language), version).write();
  }

  /** Returns the page with what a server puts around it. */
  public static String of(
      List<RunRecord> runs, String language, String version, Surroundings served) {
    return new ComparePage(runs, new PageHtml(language, served), version).write();
  }

  private String write() {
    List<ChartData.Drawn> charts = ChartData.of(runs);
    String names = runs.stream().map(RunRecord::name).collect(Collectors.joining(", "));
    PageFrame.begin(html, names + " - dpo4j");
    html.raw("<header>\n<div><h1>").say("Comparison of runs", "运行对比").raw("</h1>\n<p>");
    for (RunRecord run : runs) {
      html.raw("<span class=\"part\">").text(run.name()).raw(" ");
      RunPage.state(html, run.state());
      html.raw("</span> ");
    }
    html.raw("</p></div>\n");
    PageFrame.buttons(html);
    html.raw("</header>\n");
    Surroundings served = html.served();
    html.raw(served == null ? "" : served.tools());
    html.raw("<main id=\"main\">\n<div id=\"now\">\n");
    warnings();
    figures();
    html.raw("</div>\n<div id=\"curves-part\">\n");
    PageFrame.charts(html, charts);
    html.raw("</div>\n<div id=\"more\">\n");
    options();
    html.raw("</div>\n");
    return PageFrame.end(html, charts, version);
  }

  private void warnings() {
    boolean notes = runs.stream().anyMatch(run -> !run.notes().isEmpty());
    if (!otherData("tokenized_data_sha256") && !notes) {
      return;
    }
    html.raw("<section class=\"warnings\" aria-labelledby=\"warnings\">\n");
    html.heading("warnings", "Warnings", "警告").raw("<ul>\n");
    if (otherData("tokenized_data_sha256")) {
      html.raw("<li>")
          .say(
              "These runs were trained or evaluated on different data, or tokenised it differently. Compare their figures with care: a difference can come from the data alone.",
              "这些运行的训练或验证数据不同，或分词方式不同。请谨慎比较：差异可能仅来自数据。")
          .raw("</li>\n");
    }
    for (RunRecord run : runs) {
      for (String note : run.notes()) {
        html.raw("<li class=\"soft\"><b>").text(run.name()).raw("</b> ").text(note).raw("</li>\n");
      }
    }
    html.raw("</ul>\n</section>\n");
  }

  private boolean otherData(String fact) {
    Set<String> sums =
        runs.stream()
            .map(run -> run.proof().facts().getOrDefault(fact, ""))
            .filter(sum -> !sum.isEmpty())
            .collect(Collectors.toSet());
    return sums.size() > 1;
  }

  private void figures() {
    html.heading("figures", "Final figures", "最终指标").raw("<p class=\"soft\">");
    html.say(
        "Mean and standard deviation of the last tenth of the points. They show how much a curve moves within a run, not how much runs with other seeds differ.",
        "为最后十分之一数据点的均值与标准差，反映单次运行内的波动，不反映不同随机种子之间的差异。");
    html.raw("</p>\n<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><td></td>");
    runs.forEach(
        run -> html.raw("<th scope=\"col\" class=\"number\">").text(run.name()).raw("</th>"));
    html.raw("</tr></thead>\n<tbody>\n");
    FIGURES.forEach(this::row);
    html.raw("</tbody></table></div>\n");
  }

  private void row(String metric, int better) {
    if (runs.stream().noneMatch(run -> curve(run, metric) != null)) {
      return;
    }
    int best = best(metric, better);
    html.raw("<tr><th scope=\"row\">").text(metric).raw("</th>");
    for (int i = 0; i < runs.size(); i++) {
      Curve curve = curve(runs.get(i), metric);
      html.raw("<td class=\"number\">");
      if (curve != null) {
        boolean first = i == best;
        html.raw(first ? "<b>" : "").text(value(metric, curve.stats())).raw(first ? "</b>" : "");
      }
      html.raw("</td>");
    }
    html.raw("</tr>\n");
  }

  private static String value(String metric, Curve.Stats stats) {
    if (metric.endsWith("_bytes")) {
      return ShownNumbers.bytes(stats.max());
    }
    return Double.isNaN(stats.tailDeviation())
        ? ShownNumbers.of(stats.tailMean())
        : ShownNumbers.of(stats.tailMean()) + " ± " + ShownNumbers.of(stats.tailDeviation());
  }

  private static @Nullable Curve curve(RunRecord run, String metric) {
    Curve curve = run.curves().get(metric);
    return curve != null && curve.stats().hasNumbers() ? curve : null;
  }

  /** The run that is best by more than the spread of both; -1 where none is. */
  private int best(String metric, int better) {
    int best = -1;
    for (int i = 0; i < runs.size() && better != 0; i++) {
      Curve curve = curve(runs.get(i), metric);
      Curve other = best < 0 ? null : curve(runs.get(best), metric);
      if (curve != null
          && (other == null
              || better * (curve.stats().tailMean() - other.stats().tailMean()) > 0)) {
        best = i;
      }
    }
    for (int i = 0; i < runs.size() && best >= 0; i++) {
      Curve mine = curve(runs.get(best), metric);
      Curve other = curve(runs.get(i), metric);
      if (i != best && mine != null && other != null && !beyond(mine.stats(), other.stats())) {
        return -1;
      }
    }
    return runs.stream().filter(run -> curve(run, metric) != null).count() < 2 ? -1 : best;
  }

  private static boolean beyond(Curve.Stats a, Curve.Stats b) {
    double spread = Math.hypot(a.tailDeviation(), b.tailDeviation());
    return Math.abs(a.tailMean() - b.tailMean()) > spread;
  }

  private void options() {
    Set<String> keys = new LinkedHashSet<>();
    runs.forEach(run -> keys.addAll(run.config().keySet()));
    keys.removeAll(OWN);
    keys.removeIf(
        key ->
            runs.stream()
                    .map(run -> run.config().getOrDefault(key, ""))
                    .collect(Collectors.toCollection(TreeSet::new))
                    .size()
                < 2);
    html.heading("options", "Options that differ", "不同的选项");
    if (keys.isEmpty()) {
      html.raw("<p>").say("None.", "无。").raw("</p>\n");
      return;
    }
    html.raw("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><td></td>");
    runs.forEach(run -> html.raw("<th scope=\"col\">").text(run.name()).raw("</th>"));
    html.raw("</tr></thead>\n<tbody>\n");
    for (String key : keys) {
      html.raw("<tr><th scope=\"row\"><code>").text(key).raw("</code></th>");
      for (RunRecord run : runs) {
        html.raw("<td><code>").text(run.config().getOrDefault(key, "")).raw("</code></td>");
      }
      html.raw("</tr>\n");
    }
    html.raw("</tbody></table></div>\n");
  }
}
