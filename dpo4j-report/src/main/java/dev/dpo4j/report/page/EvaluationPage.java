/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** The page of an evaluation. */
public final class EvaluationPage {
  private static final Words FIGURE = new Words("Figure", "指标");
  private static final Words INTERVAL = new Words("95 % interval", "95 % 置信区间");
  private static final Words ROWS = new Words("Rows", "行数");

  private final JsonNode root;
  private final PageHtml html;
  private final ResultTables result;
  private final String version;

  private EvaluationPage(JsonNode root, String language, String version) {
    this.root = root;
    this.html = new PageHtml(language);
    this.result = new ResultTables(html, root);
    this.version = version;
  }

  /** Returns the page of what {@code eval} found. */
  // The type of the library is seen by the packages of this module alone.
  public static String of(Object json, String language, String version) {
    return new EvaluationPage((JsonNode) json, language, version).write();
  }

  private String write() {
    List<ChartData.Drawn> charts = new ArrayList<>();
    JsonNode bins = root.path("calibration").path("bins");
    if (!bins.isEmpty()) {
      charts.add(reliability(bins));
    }
    result.begin("eval - dpo4j", new Words("Evaluation", "评估"));
    html.heading("figures", "Figures", "指标");
    figures(root.path("figures"));
    differences("against_reference", new Words("Minus the reference", "与参考模型之差"));
    differences("against_second_model", new Words("Minus the second model", "与第二个模型之差"));
    for (Map.Entry<String, JsonNode> by : root.path("slices").properties()) {
      html.raw("<h2>").say("By ", "按").text(by.getKey()).raw("</h2>\n");
      slices(by.getValue());
    }
    if (!charts.isEmpty()) {
      PageFrame.charts(html, charts);
    }
    samples(root.path("samples"));
    result.facts();
    return PageFrame.end(html, charts, version);
  }

  private void samples(JsonNode samples) {
    if (samples.isEmpty()) {
      return;
    }
    html.heading("samples", "Samples", "样例");
    result.open(
        new Words("Prompt", "提示"),
        new Words("Model", "模型"),
        new Words("Other model", "另一模型"),
        new Words("Verdict", "评判"));
    for (JsonNode sample : samples) {
      result.row(
          sample.path("prompt").asString(""),
          sample.path("model").asString(""),
          sample.path("other").asString(""),
          sample.path("outcome").asString("").replace("first", "model").replace("second", "other"));
    }
    result.close();
  }

  private static ChartData.Drawn reliability(JsonNode bins) {
    double[] x = new double[bins.size()];
    double[] y = new double[bins.size()];
    for (int i = 0; i < x.length; i++) {
      x[i] = bins.get(i).path("confidence").asDouble(Double.NaN);
      y[i] = bins.get(i).path("accuracy").asDouble(Double.NaN);
    }
    Chart chart =
        new Chart(
            "reliability",
            new Words("Calibration: accuracy over confidence", "校准：准确率与置信度"),
            new Words(
                "Below the dashed line the model is surer than it is right.", "低于虚线表示模型过于自信。"),
            Words.same(""),
            List.of("accuracy"));
    return new ChartData.Drawn(
        chart,
        List.of(
            new ChartData.Line(
                "accuracy", "accuracy", 0, 0, false, ChartData.curve("accuracy", x, y)),
            new ChartData.Line(
                "confidence", "confidence", 0, 0, true, ChartData.curve("confidence", x, x))),
        new ChartData.Axis(new Words("confidence", "置信度"), false));
  }

  private void figures(JsonNode figures) {
    table(figures, ResultTables.VALUE, ROWS, "rows");
  }

  /** A row a figure: its value, its interval, and what else is known under {@code last}. */
  private void table(JsonNode figures, Words value, Words lastTitle, String last) {
    result.open(FIGURE, value, INTERVAL, lastTitle);
    for (Map.Entry<String, JsonNode> figure : figures.properties()) {
      JsonNode found = figure.getValue();
      result.row(
          figure.getKey(),
          ResultTables.number(found, "value"),
          interval(found),
          ResultTables.number(found, last));
    }
    result.close();
  }

  private void differences(String name, Words title) {
    JsonNode found = root.path(name);
    if (found.isEmpty()) {
      return;
    }
    html.raw("<h2>").say(title).raw("</h2>\n");
    table(found, new Words("Difference", "差值"), Words.same("p"), "p");
  }

  private void slices(JsonNode groups) {
    List<String> names = new ArrayList<>();
    groups
        .properties()
        .forEach(
            group ->
                group
                    .getValue()
                    .properties()
                    .forEach(
                        figure -> {
                          if (!names.contains(figure.getKey())) {
                            names.add(figure.getKey());
                          }
                        }));
    html.raw("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><td></td>");
    html.raw("<th scope=\"col\" class=\"number\">").say(ROWS).raw("</th>");
    names.forEach(name -> html.raw("<th scope=\"col\" class=\"number\">").text(name).raw("</th>"));
    html.raw("</tr></thead>\n<tbody>\n");
    for (Map.Entry<String, JsonNode> group : groups.properties()) {
      JsonNode found = group.getValue();
      html.raw("<tr><th scope=\"row\">").text(group.getKey()).raw("</th><td class=\"number\">");
      html.text(ResultTables.number(found.path("accuracy"), "rows")).raw("</td>");
      for (String name : names) {
        html.raw("<td class=\"number\">").text(ResultTables.number(found.path(name), "value"));
        html.raw("<br><span class=\"soft\">").text(interval(found.path(name)));
        html.raw("</span></td>");
      }
      html.raw("</tr>\n");
    }
    result.close();
  }

  private static String interval(JsonNode from) {
    return "[" + ResultTables.number(from, "low") + ", " + ResultTables.number(from, "high") + "]";
  }
}
