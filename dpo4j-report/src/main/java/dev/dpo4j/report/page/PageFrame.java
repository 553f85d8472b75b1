/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import java.util.List;

/** What surrounds the sections of a page: head, buttons, plots, script and licences. */
final class PageFrame {
  /** Nothing may be loaded, whatever a text of the run pretends to be. */
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:";

  private PageFrame() {}

  static void begin(PageHtml html, String title) {
    String tag = html.language().equals("zh") ? "zh-Hans" : "en";
    html.raw("<!DOCTYPE html>\n<html lang=\"" + tag + "\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    Surroundings served = html.served();
    if (served == null) {
      html.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"" + POLICY + "\">\n");
      html.raw(RunPage.GENERATOR + "\n");
      html.element("title", title).raw("\n<link rel=\"icon\" href=\"data:,\">\n<style>\n");
      html.raw(WebFiles.library("dist/uPlot.min.css")).raw("\n");
      html.raw(WebFiles.own("report.css")).raw("</style>\n</head>\n<body>\n");
    } else {
      html.element("title", title).raw("\n");
      for (String style : List.of("uPlot.min.css", "report.css")) {
        html.raw("<link rel=\"stylesheet\" href=\"" + served.folder() + style + "\">\n");
      }
      html.raw(served.head()).raw("</head>\n<body>\n");
    }
    html.raw("<a class=\"skip\" href=\"#main\">").say("Skip to the content", "跳到正文").raw("</a>\n");
    html.raw(served == null ? "" : served.top());
  }

  static void buttons(PageHtml html) {
    html.raw("<div class=\"buttons\" hidden id=\"buttons\">\n");
    switches(html);
    html.raw("<label for=\"smooth\">").say("Smoothing", "平滑").raw("</label>\n");
    html.raw("<select id=\"smooth\">");
    html.raw("<option value=\"0\">0</option><option value=\"0.6\">0.6</option>");
    html.raw("<option value=\"0.9\">0.9</option><option value=\"0.97\">0.97</option></select>\n");
    html.raw("</div>\n");
  }

  /** The buttons of language and colours. */
  static void switches(PageHtml html) {
    html.raw("<button type=\"button\" id=\"language\">").say("中文", "English").raw("</button>\n");
    html.raw("<button type=\"button\" id=\"theme\">").say("Dark", "深色").raw("</button>\n");
  }

  static void charts(PageHtml html, List<ChartData.Drawn> charts) {
    html.heading("curves", "Curves", "曲线");
    if (charts.isEmpty()) {
      html.raw("<p>").say("No metric was logged.", "没有记录任何指标。").raw("</p>\n");
      return;
    }
    html.raw("<noscript><p>")
        .say("The curves need JavaScript.", "显示曲线需要 JavaScript。")
        .raw("</p></noscript>\n<p class=\"soft\">")
        .say(
            "Drag to zoom, double-click to see all again. With the keyboard: Tab to a plot, arrow keys to read values, + and - to zoom, 0 to see all.",
            "拖动可放大，双击恢复。键盘：Tab 选择图，方向键读取数值，+ 和 - 缩放，0 恢复。")
        .raw("</p>\n<div class=\"charts\">\n");
    for (ChartData.Drawn drawn : charts) {
      chart(html, drawn.chart());
    }
    html.raw("</div>\n");
  }

  private static void chart(PageHtml html, Chart chart) {
    String id = "chart-" + chart.id();
    html.raw("<figure class=\"chart\" id=\"" + id + "\">\n<figcaption id=\"" + id + "-title\"><b>");
    html.say(chart.title()).raw("</b>");
    if (!chart.unit().en().isEmpty()) {
      html.raw(" <span class=\"soft\">(").say(chart.unit()).raw(")</span>");
    }
    if (!chart.note().en().isEmpty()) {
      html.raw("<span class=\"note\">").say(chart.note()).raw("</span>");
    }
    html.raw("</figcaption>\n<div class=\"plot\" tabindex=\"0\" role=\"img\" aria-labelledby=\"");
    html.raw(id + "-title " + id + "-facts\"></div>\n");
    html.raw("<p class=\"facts soft\" id=\"" + id + "-facts\" aria-live=\"polite\"></p>\n");
    html.raw("<div class=\"save\"><button type=\"button\" data-save=\"svg\">SVG</button>\n");
    html.raw("<button type=\"button\" data-save=\"png\">PNG</button>\n");
    html.raw("<button type=\"button\" data-save=\"csv\">CSV</button></div>\n</figure>\n");
  }

  static String end(PageHtml html, List<ChartData.Drawn> charts, String version) {
    html.raw("</main>\n<footer class=\"soft\">\n<p>");
    html.text(("dpo4j " + version).strip()).raw(". ");
    html.say("This page loads nothing from elsewhere.", "本页面不从别处加载任何内容。");
    html.raw("</p>\n<details><summary>");
    html.say("Licence of uPlot, which draws the curves", "绘图库 uPlot 的许可证").raw("</summary>\n<pre>");
    html.text("uPlot " + WebFiles.libraryVersion() + "\n" + WebFiles.library("LICENSE"));
    html.raw("</pre></details>\n</footer>\n<script type=\"application/json\" id=\"points\">");
    Surroundings served = html.served();
    boolean points = served == null || served.points();
    html.raw(points ? ChartData.json(charts) : "[]").raw("</script>\n");
    if (served == null) {
      html.raw("<script>\n").raw(WebFiles.library("dist/uPlot.iife.min.js"));
      html.raw("\n</script>\n<script>\n").raw(WebFiles.own("page.js"));
      html.raw("</script>\n<script>\n").raw(WebFiles.own("report.js")).raw("</script>\n");
    } else {
      for (String script : List.of("uPlot.iife.min.js", "page.js", "report.js")) {
        html.raw("<script src=\"" + served.folder() + script + "\"></script>\n");
      }
    }
    return html.raw("</body>\n</html>\n").toString();
  }
}
