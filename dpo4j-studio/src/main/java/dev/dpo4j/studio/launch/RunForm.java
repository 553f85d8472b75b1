/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.launch;

import dev.dpo4j.config.Key;
import dev.dpo4j.report.ServedPage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the fields of a form: they are the keys of the command, with their help. */
public final class RunForm {
  /** The keys that stand in front, because most runs set them. */
  private static final List<String> FIRST =
      List.of(
          "model_name_or_path",
          "dataset_name",
          "eval_dataset",
          "learning_rate",
          "num_train_epochs",
          "max_steps",
          "per_device_train_batch_size",
          "gradient_accumulation_steps",
          "max_length",
          "beta",
          "loss_type",
          "use_peft",
          "eval_strategy",
          "log_completions",
          "seed");

  private final ServedPage page;
  private final RunMethod method;

  private RunForm(ServedPage page, RunMethod method) {
    this.page = page;
    this.method = method;
  }

  /** Adds the fields of a method to a page. */
  public static void write(ServedPage page, RunMethod method) {
    new RunForm(page, method).write();
  }

  private void write() {
    Map<String, List<Key>> groups = new LinkedHashMap<>();
    List<Key> first = new ArrayList<>();
    for (Key key : method.fields()) {
      if (FIRST.contains(key.name())) {
        first.add(key);
      } else {
        groups.computeIfAbsent(key.group(), added -> new ArrayList<>()).add(key);
      }
    }
    first.sort((a, b) -> FIRST.indexOf(a.name()) - FIRST.indexOf(b.name()));
    page.raw("<div class=\"fields\">\n");
    page.raw("<div class=\"field\"><label for=\"f-name\"><b>");
    page.say("Name of the run", "运行名称").raw("</b></label>");
    page.raw("<input id=\"f-name\" name=\"name\" required autocomplete=\"off\"");
    page.raw(" aria-describedby=\"h-name e-name\"><p class=\"help\" id=\"h-name\">");
    page.say("Its folder gets this name.", "其文件夹使用这个名称。");
    page.raw("</p><p class=\"fault\" id=\"e-name\" data-fault=\"output_dir\"></p></div>\n");
    first.forEach(this::field);
    page.raw("</div>\n");
    groups.forEach(
        (group, keys) -> {
          page.raw("<details class=\"group\"><summary>");
          if (group.isBlank()) {
            page.say("More", "更多");
          } else {
            page.text(group);
          }
          page.raw("</summary>\n");
          page.raw("<div class=\"fields\">\n");
          keys.forEach(this::field);
          page.raw("</div></details>\n");
        });
  }

  private void field(Key key) {
    String id = key.name();
    page.raw("<div class=\"field\"><label for=\"f-" + id + "\"><code>").text(id);
    page.raw("</code>").raw(method.required().contains(id) ? " *" : "").raw("</label>");
    List<String> values = key.values();
    String describes = " aria-describedby=\"h-" + id + " e-" + id + "\"";
    if (values.isEmpty()) {
      page.raw("<input id=\"f-" + id + "\" name=\"" + id + "\" autocomplete=\"off\"");
      page.raw(describes + " placeholder=\"");
      page.text(key.defaultText().equals("null") ? "" : key.defaultText()).raw("\">");
    } else {
      page.raw("<select id=\"f-" + id + "\" name=\"" + id + "\"" + describes + ">");
      page.raw("<option value=\"\">").text("(" + key.defaultText() + ")").raw("</option>");
      for (String value : values) {
        page.raw("<option>").text(value).raw("</option>");
      }
      page.raw("</select>");
    }
    page.raw("<p class=\"help\" id=\"h-" + id + "\">").text(key.help() + " ");
    page.text("Expects " + key.expected() + ".").raw("</p>");
    page.raw("<p class=\"fault\" id=\"e-" + id + "\" data-fault=\"" + id + "\"></p></div>\n");
  }
}
