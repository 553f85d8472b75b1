/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import dev.dpo4j.report.run.ChangedKey;
import dev.dpo4j.report.run.Proof;
import dev.dpo4j.report.run.RunRecord;
import java.util.LinkedHashMap;
import java.util.Map;

/** How the run was made: its configuration, its plan and its checksums. */
final class FactSections {
  private final PageHtml html;
  private final RunRecord run;

  FactSections(PageHtml html, RunRecord run) {
    this.html = html;
    this.run = run;
  }

  void write() {
    configuration();
    facts();
    checksums();
  }

  private void configuration() {
    Map<String, ChangedKey> changed = run.events().changed();
    if (run.config().isEmpty() && changed.isEmpty()) {
      return;
    }
    html.heading("configuration", "Configuration", "配置");
    if (!changed.isEmpty()) {
      html.raw("<p>").say("What differs from the defaults:", "与默认值不同的选项：").raw("</p>\n");
      html.raw("<div class=\"wide\" tabindex=\"0\"><table>\n<thead><tr><th scope=\"col\">");
      html.say("Key", "选项").raw("</th><th scope=\"col\">").say("Value", "取值");
      html.raw("</th><th scope=\"col\">")
          .say("Default", "默认值")
          .raw("</th></tr></thead>\n<tbody>\n");
      changed.forEach(
          (key, change) -> {
            html.raw("<tr><th scope=\"row\"><code>").text(key).raw("</code></th><td><code>");
            html.text(change.value()).raw("</code></td><td class=\"soft\"><code>");
            html.text(change.usual()).raw("</code></td></tr>\n");
          });
      html.raw("</tbody></table></div>\n");
    }
    if (!run.config().isEmpty()) {
      html.raw("<details><summary>").say("All of config.yaml", "完整的 config.yaml");
      html.raw("</summary>\n<pre tabindex=\"0\">");
      run.config().forEach((key, value) -> html.text(key + ": " + value + "\n"));
      html.raw("</pre></details>\n");
    }
  }

  private void facts() {
    Map<String, String> facts = new LinkedHashMap<>(run.events().plan());
    run.proof().facts().forEach(facts::putIfAbsent);
    if (facts.isEmpty()) {
      return;
    }
    html.heading("facts", "Facts", "运行信息");
    table(facts);
  }

  private void table(Map<String, String> rows) {
    html.raw("<div class=\"wide\" tabindex=\"0\"><table class=\"facts\">\n<tbody>\n");
    rows.forEach(
        (name, value) -> {
          html.raw("<tr><th scope=\"row\">").text(name.replace('_', ' ')).raw("</th>");
          html.element("td", value).raw("</tr>\n");
        });
    html.raw("</tbody></table></div>\n");
  }

  private void checksums() {
    Proof proof = run.proof();
    if (proof.inputs().isEmpty() && proof.outputs().isEmpty()) {
      return;
    }
    html.heading("checksums", "Checksums (SHA-256)", "校验和（SHA-256）");
    html.raw("<details><summary>").say("What went in and what came out", "输入与输出");
    html.raw("</summary>\n");
    proof
        .inputs()
        .forEach(
            (role, input) -> {
              html.raw("<h3>").text(role.replace('_', ' ')).raw("</h3>\n<p>");
              html.text(input.path()).raw("</p>\n");
              table(input.files());
            });
    html.raw("<h3>").say("outputs", "输出").raw("</h3>\n");
    table(proof.outputs());
    html.raw("</details>\n");
  }
}
