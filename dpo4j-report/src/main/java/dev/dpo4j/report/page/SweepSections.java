/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** The page of a sweep. */
public final class SweepSections {
  private static final Words COMBINATION = new Words("Combination", "组合");

  private final JsonNode root;
  private final PageHtml html;
  private final ResultTables result;
  private final String version;

  private SweepSections(JsonNode root, String language, String version) {
    this.root = root;
    this.html = new PageHtml(language);
    this.result = new ResultTables(html, root);
    this.version = version;
  }

  /** Returns the page of what {@code sweep} found. */
  // The type of the library is seen by the packages of this module alone.
  public static String of(Object json, String language, String version) {
    return new SweepSections((JsonNode) json, language, version).write();
  }

  private String write() {
    List<ChartData.Drawn> charts = new SweepCharts(root).all();
    result.begin("sweep - dpo4j", new Words("Sweep", "参数扫描"));
    html.heading("best", "Best", "最佳");
    best();
    html.heading("figures", "Figures", "指标").raw("<p class=\"soft\">");
    html.say(
        "Means over the seeds. Intervals hold the noise of seeds and, for means over the held-out rows, of these rows.",
        "为各随机种子的均值。区间包含种子的波动；对留出样本上的均值，还包含样本的波动。");
    html.raw("</p>\n");
    figures();
    if (!charts.isEmpty()) {
      PageFrame.charts(html, charts);
    }
    result.facts();
    return PageFrame.end(html, charts, version);
  }

  private void best() {
    int best = root.path("best").asInt(-1);
    if (best < 0) {
      html.raw("<p>").say("No run ended as it should.", "没有正常结束的运行。").raw("</p>\n");
      return;
    }
    html.raw("<p><b>").text(label(root.path("points").path(best))).raw("</b></p>\n");
    result.open(
        new Words("Key", "参数"),
        new Words("Best value", "最佳值"),
        new Words("95 % interval", "95 % 置信区间"));
    for (Map.Entry<String, JsonNode> key : root.path("best_values").properties()) {
      List<String> interval = new ArrayList<>();
      key.getValue().path("interval").forEach(value -> interval.add(value.asString("")));
      result.row(
          key.getKey(), key.getValue().path("best").asString(""), String.join(" – ", interval));
    }
    result.close();
  }

  private void figures() {
    Set<String> names = new LinkedHashSet<>();
    for (JsonNode point : root.path("points")) {
      names.addAll(point.path("figures").propertyNames());
    }
    List<Words> titles = new ArrayList<>();
    titles.add(COMBINATION);
    titles.add(new Words("Runs", "运行数"));
    titles.add(new Words("Against the best", "与最佳相比"));
    names.forEach(name -> titles.add(Words.same(name)));
    result.open(titles.toArray(Words[]::new));
    int best = root.path("best").asInt(-1);
    int place = 0;
    for (JsonNode point : root.path("points")) {
      html.raw("<tr><th scope=\"row\">").text(label(point)).raw("</th><td>");
      html.text(String.valueOf(point.path("seeds").size()));
      if (point.path("diverged").asInt(0) > 0) {
        html.raw("<br><span class=\"soft\">").text("+" + point.path("diverged").asInt()).raw(" ");
        html.say("diverged", "发散").raw("</span>");
      }
      html.raw("</td><td>");
      against(point, place++ == best);
      html.raw("</td>");
      names.forEach(name -> figure(point.path("figures").path(name)));
      html.raw("</tr>\n");
    }
    result.close();
  }

  private void against(JsonNode point, boolean best) {
    JsonNode minus = point.path("best_minus_this");
    if (best) {
      html.raw("<b>").say("best", "最佳").raw("</b>");
    } else if (minus.path("beyond_noise").asBoolean(false)) {
      html.say("worse by more than noise", "差异超出噪声");
    } else if (minus.isObject()) {
      html.say("not to be told apart", "无法区分");
    }
    if (minus.path("p").isNumber()) {
      String p = ShownNumbers.of(minus.path("p").doubleValue());
      html.raw("<br><span class=\"soft\">p = ").text(p).raw("</span>");
    }
  }

  private void figure(JsonNode found) {
    html.raw("<td class=\"number\">").text(ResultTables.number(found, "value"));
    if (found.path("low").isNumber()) {
      html.raw("<br><span class=\"soft\">[").text(ResultTables.number(found, "low")).raw(", ");
      html.text(ResultTables.number(found, "high")).raw("]</span>");
    }
    html.raw("</td>");
  }

  static String label(JsonNode point) {
    List<String> parts = new ArrayList<>();
    point
        .path("settings")
        .properties()
        .forEach(one -> parts.add(one.getKey() + "=" + one.getValue().asString("")));
    double share = point.path("share").asDouble(1);
    return String.join(", ", parts) + (share < 1 ? " (" + ShownNumbers.of(share) + ")" : "");
  }
}
