/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import dev.dpo4j.report.run.DataTable;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.report.run.Sample;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What went in and what comes out: the rows with what became of them, and samples. */
final class DataSections {
  private static final int ROWS_SHOWN = 20;

  private static final Map<String, Words> KINDS =
      Map.of(
          "dropped", new Words("dropped", "丢弃"),
          "cut", new Words("cut", "截断"),
          "noted", new Words("noted", "提示"));

  private final PageHtml html;
  private final RunRecord run;

  DataSections(PageHtml html, RunRecord run) {
    this.html = html;
    this.run = run;
  }

  void write() {
    samples();
    if (!run.events().data().isEmpty()) {
      html.heading("data", "Data", "数据");
      run.events().data().forEach(this::table);
    }
  }

  private void table(DataTable data) {
    html.raw("<h3>").text(data.role()).raw("</h3>\n<p>").text(data.source()).raw("</p>\n");
    html.raw("<p>").text(ShownNumbers.count(data.read())).say(" rows read, ", " 行读入，");
    html.text(ShownNumbers.count(data.kept())).say(" kept, ", " 行保留，");
    html.text(ShownNumbers.count(data.read() - data.kept())).say(" dropped; ", " 行丢弃；");
    html.text(ShownNumbers.count(data.tokens())).say(" tokens an epoch", " 词元/轮").raw("</p>\n");
    if (!data.reasons().isEmpty()) {
      html.raw("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">");
      html.say("What", "处理").raw("</th><th scope=\"col\" class=\"number\">").say("Rows", "行数");
      html.raw("</th><th scope=\"col\">").say("Why", "原因").raw("</th><th scope=\"col\">");
      html.say("Which", "行号").raw("</th></tr></thead>\n<tbody>\n");
      data.reasons().forEach(this::reason);
      html.raw("</tbody></table></div>\n");
    }
    lengths(data.lengths());
  }

  private void reason(DataTable.Reason reason) {
    String rows =
        reason.rows().stream()
            .limit(ROWS_SHOWN)
            .map(String::valueOf)
            .collect(Collectors.joining(", "));
    html.raw("<tr><td>").say(KINDS.getOrDefault(reason.kind(), Words.same(reason.kind())));
    html.raw("</td><td class=\"number\">").text(ShownNumbers.count(reason.count())).raw("</td>");
    html.element("td", reason.description());
    html.element("td", rows + (reason.count() > ROWS_SHOWN ? ", ..." : "")).raw("</tr>\n");
  }

  private void lengths(Map<String, Map<String, Double>> lengths) {
    if (lengths.isEmpty()) {
      return;
    }
    List<String> figures = new ArrayList<>(lengths.values().iterator().next().keySet());
    html.raw("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">");
    html.say("Tokens before any cut", "截断前的词元数").raw("</th>");
    figures.forEach(
        figure -> html.raw("<th scope=\"col\" class=\"number\">").text(figure).raw("</th>"));
    html.raw("</tr></thead>\n<tbody>\n");
    lengths.forEach(
        (part, values) -> {
          html.raw("<tr><th scope=\"row\">").text(part.replace('_', ' ')).raw("</th>");
          figures.forEach(
              figure ->
                  html.raw("<td class=\"number\">")
                      .text(ShownNumbers.of(values.getOrDefault(figure, Double.NaN)))
                      .raw("</td>"));
          html.raw("</tr>\n");
        });
    html.raw("</tbody></table></div>\n");
  }

  /** The last answers to each prompt are open, earlier ones stand behind them. */
  private void samples() {
    if (run.samples().isEmpty()) {
      return;
    }
    Map<String, List<Sample>> prompts = new LinkedHashMap<>();
    for (Sample sample : run.samples()) {
      prompts.computeIfAbsent(sample.prompt(), added -> new ArrayList<>()).add(sample);
    }
    html.heading("samples", "Samples", "样例").raw("<p class=\"soft\">");
    html.say(
        "What the reference and the trained model answer. Marked is what the other answer lacks.",
        "参考模型与训练后模型的回答，标记处为两者的不同。");
    html.raw("</p>\n");
    prompts.forEach(
        (prompt, answers) -> {
          html.raw("<article class=\"sample\"><p class=\"prompt\">").text(prompt).raw("</p>\n");
          pair(answers.get(answers.size() - 1));
          if (answers.size() > 1) {
            html.raw("<details><summary>").say("Earlier steps", "更早的步骤").raw("</summary>\n");
            answers.subList(0, answers.size() - 1).forEach(this::pair);
            html.raw("</details>\n");
          }
          html.raw("</article>\n");
        });
  }

  private void pair(Sample sample) {
    List<List<Differences.Piece>> pieces = Differences.of(sample.before(), sample.after());
    html.raw("<div class=\"pair\"><div><h4>").say("Before", "训练前").raw("</h4><p>");
    pieces(pieces.get(0), "del");
    html.raw("</p></div><div><h4>");
    html.say("After step ", "训练后，步数 ").text(String.valueOf(sample.step())).raw("</h4><p>");
    pieces(pieces.get(1), "ins");
    html.raw("</p></div></div>\n");
  }

  private void pieces(List<Differences.Piece> pieces, String tag) {
    for (Differences.Piece piece : pieces) {
      if (piece.own()) {
        html.element(tag, piece.text());
      } else {
        html.text(piece.text());
      }
    }
  }
}
