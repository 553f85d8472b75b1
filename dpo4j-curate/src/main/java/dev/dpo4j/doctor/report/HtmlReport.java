/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.report;

import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Example;
import dev.dpo4j.doctor.finding.Finding;
import dev.dpo4j.doctor.finding.NoiseEstimate;
import dev.dpo4j.doctor.finding.Repair;
import dev.dpo4j.doctor.finding.Severity;
import java.util.Locale;
import java.util.Map;

/** Writes a report as one HTML page: no script, nothing from elsewhere, every text escaped. */
final class HtmlReport {
  private static final String HEAD =
      """
      <!DOCTYPE html>
      <html lang="%s">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="generator" content="dpo4j data doctor">
      <title>%s</title>
      <style>
      :root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --soft: #5b6168; --line: #d9dce1;
        --card: #f6f7f9; --error: #b3261e; --warning: #8a5a00; --info: #1f5fa8; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #15171a; --soft: #a3a9b1;
        --line: #33373d; --card: #1e2125; --error: #ff8a80; --warning: #f2c04c; --info: #8ab8f0; } }
      body { margin: 0 auto; padding: 1.2rem; max-width: 56rem; background: var(--paper);
        color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
      h1 { font-size: 1.4rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
      h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
      p { margin: .3rem 0; } .soft { color: var(--soft); }
      .counts { display: flex; flex-wrap: wrap; gap: .6rem; margin: 1rem 0; padding: 0; list-style: none; }
      .counts li { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
        padding: .5rem .9rem; min-width: 5.5rem; }
      .counts b { display: block; font-size: 1.4rem; }
      section { background: var(--card); border: 1px solid var(--line); border-left: .35rem solid var(--line);
        border-radius: .5rem; padding: .8rem 1rem; margin: .8rem 0; }
      section.error { border-left-color: var(--error); } section.warning { border-left-color: var(--warning); }
      section.info { border-left-color: var(--info); }
      h3 { font-size: 1rem; margin: 0; } .error .kind { color: var(--error); }
      .warning .kind { color: var(--warning); } .info .kind { color: var(--info); }
      .kind { font-weight: 600; } code { font: .85rem/1.4 ui-monospace, monospace; }
      .bar { height: .4rem; border-radius: .2rem; background: var(--line); margin: .5rem 0; }
      .bar i { display: block; height: 100%%; border-radius: .2rem; background: currentColor; min-width: 2px; }
      details { margin-top: .5rem; } summary { cursor: pointer; }
      dl { margin: .4rem 0 0; } dt { margin-top: .5rem; overflow-wrap: anywhere; }
      dd { margin: 0; overflow-wrap: anywhere; color: var(--soft); }
      table { border-collapse: collapse; width: 100%%; } td { border-top: 1px solid var(--line);
        padding: .35rem .6rem .35rem 0; vertical-align: top; overflow-wrap: anywhere; }
      td:first-child { width: 45%%; color: var(--soft); }
      </style>
      </head>
      <body>
      """;

  private final StringBuilder page = new StringBuilder();

  private final PageWords words;

  private HtmlReport(PageWords words) {
    this.words = words;
  }

  static String of(DoctorReport report, String language) {
    HtmlReport html = new HtmlReport(PageWords.of(language));
    String title = html.words.say("page.title", "Data doctor") + ": " + report.source();
    html.page.append(HEAD.formatted(language.equals("zh") ? "zh-Hans" : language, escape(title)));
    html.head(report);
    html.noise(report);
    if (report.findings().isEmpty()) {
      html.line("", html.words.say("page.nothing", "Nothing was found."));
    } else {
      html.heading("page.findings", "Findings");
      report.findings().forEach(html::finding);
    }
    html.heading("page.facts", "Facts");
    html.page.append("<table>\n");
    html.facts("", report.facts());
    return html.page.append("</table>\n</body>\n</html>\n").toString();
  }

  private void head(DoctorReport report) {
    page.append("<h1>").append(escape(report.source())).append("</h1>\n");
    if (!report.evaluation().isEmpty()) {
      line("soft", words.say("page.compared", "compared with ") + report.evaluation());
    }
    page.append("<ul class=\"counts\">\n");
    count(report.rows(), words.say("page.rows", "rows"));
    for (Severity severity : Severity.values()) {
      String noun = severity == Severity.INFO ? "note" : severity.id();
      String english = report.count(severity) == 1 ? noun : noun + "s";
      count(report.count(severity), words.say("severity." + severity.id(), english));
    }
    page.append("</ul>\n");
    Repair repair = report.repair();
    if (repair != null) {
      line("", words.say("page.repaired", "Repaired copy: ") + repair.describe());
    }
  }

  private void count(long number, String what) {
    page.append("<li><b>").append(number).append("</b>").append(what).append("</li>\n");
  }

  private void noise(DoctorReport report) {
    NoiseEstimate noise = report.noise();
    if (noise != null) {
      heading("page.flipped", "Flipped labels");
      line("", words.say("page.reference", "Reference: ") + noise.describe() + ".");
    }
  }

  private void heading(String key, String english) {
    page.append("<h2>").append(escape(words.say(key, english))).append("</h2>\n");
  }

  private void line(String style, String text) {
    page.append(style.isEmpty() ? "<p>" : "<p class=\"" + style + "\">");
    page.append(escape(text)).append("</p>\n");
  }

  private void finding(Finding found) {
    DataProblem ailment = found.ailment();
    String severity = ailment.severity().id();
    page.append("<section class=\"").append(severity).append("\">\n<h3><span class=\"kind\">");
    page.append(words.severity(ailment.severity())).append("</span> ");
    page.append(escape(words.title(ailment))).append("</h3>\n");
    page.append("<p class=\"soft\"><code>").append(ailment.id()).append("</code>, ");
    page.append(
        String.format(
            Locale.ROOT,
            words.say("page.share", "%d of %d rows (%.2f %%)") + "</p>%n",
            found.count(),
            found.of(),
            100 * found.share()));
    page.append(
        String.format(
            Locale.ROOT,
            "<div class=\"bar kind\"><i style=\"width:%.2f%%\"></i></div>%n",
            Math.min(100, 100 * found.share())));
    if (!found.note().isEmpty()) {
      line("", found.note());
    }
    line("", words.advice(ailment));
    if (!found.examples().isEmpty()) {
      int count = found.examples().size();
      String noun = words.say("page.examples", count == 1 ? "example" : "examples");
      page.append("<details open><summary>").append(count).append(' ').append(noun);
      page.append("</summary>\n<dl>\n");
      for (Example example : found.examples()) {
        page.append("<dt><code>").append(escape(example.where())).append("</code></dt>");
        page.append("<dd>").append(escape(example.what())).append("</dd>\n");
      }
      page.append("</dl></details>\n");
    }
    page.append("</section>\n");
  }

  private void facts(String name, Object value) {
    if (value instanceof Map<?, ?> map) {
      String prefix = name.isEmpty() ? "" : name + ", ";
      map.forEach((key, inner) -> facts(prefix + key, inner));
      return;
    }
    page.append("<tr><td>").append(escape(factName(name))).append("</td><td>");
    page.append(escape(plain(value))).append("</td></tr>\n");
  }

  /** The first part of a name has a word of its own; what is below it are terms. */
  private String factName(String name) {
    int end = name.indexOf(',');
    String first = end < 0 ? name : name.substring(0, end);
    String shown = words.say("fact." + first, first.replace('_', ' '));
    return shown + name.substring(first.length()).replace('_', ' ');
  }

  private static String plain(Object value) {
    if (value instanceof double[] pair) {
      return plain(pair[0]) + " to " + plain(pair[1]);
    }
    return value instanceof Double number
        ? String.format(Locale.ROOT, "%.3f", number)
        : String.valueOf(value);
  }

  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }
}
