/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import dev.dpo4j.io.RunRequest;
import dev.dpo4j.report.ServedPage;
import dev.dpo4j.report.ServedPage.Site;
import dev.dpo4j.report.run.RunFollower;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.report.run.RunState;
import dev.dpo4j.studio.launch.Launches.Launch;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes the pages of the studio around those of the report. */
final class StudioPages {
  /** The path of the report's styles and scripts. */
  static final String REPORT = "/web/report/";

  private static final String HEAD =
      """
      <link rel="icon" href="/web/icon.svg">
      <link rel="stylesheet" href="/web/runs.css">
      <script type="module" src="/web/runs.js"></script>
      <script type="module" src="/web/forms.js"></script>
      """;

  private final Path folder;
  private final boolean readOnly;

  /** Writes pages about the runs of a folder. */
  StudioPages(Path folder, boolean readOnly) {
    this.folder = folder;
    this.readOnly = readOnly;
  }

  private Site site(String language, String tools) {
    ServedPage top = new ServedPage(language);
    top.raw("<nav class=\"top\"><a class=\"brand\" href=\"/\">dpo4j</a>\n<a href=\"/\">");
    top.say("Runs", "运行").raw("</a>\n");
    if (!readOnly) {
      top.raw("<a href=\"/new\">").say("New run", "新建运行").raw("</a>\n");
    }
    top.raw("<a href=\"/data\">").say("Data", "数据").raw("</a>\n</nav>\n");
    return new Site(REPORT, HEAD, top.markup(), tools);
  }

  /** The list of runs. */
  String list(List<RunLine> runs, List<Launch> starts, String language) {
    ServedPage page = new ServedPage(language);
    page.raw("<p class=\"soft\">").text(folder.toString()).raw("</p>\n<div id=\"list\">\n");
    if (runs.isEmpty()) {
      page.raw("<p>").say("There is no run yet.", "还没有运行。").raw("</p>\n");
    } else {
      table(page, runs);
    }
    starts(page, starts);
    page.raw("</div>\n");
    ServedPage tools = new ServedPage(language);
    tools.raw("<div id=\"live\" data-list=\"\">").raw("</div>\n");
    connection(tools);
    return page.page(site(language, tools.markup()), "Runs", "运行");
  }

  /** Starts that have no run folder: those that have just begun, and those that failed before. */
  private static void starts(ServedPage page, List<Launch> starts) {
    if (starts.isEmpty()) {
      return;
    }
    page.raw("<h2>").say("Starts without a run", "尚无运行文件夹的启动").raw("</h2>\n<ul>\n");
    for (Launch start : starts) {
      page.raw("<li><a href=\"" + address("/run", start.name()) + "\">").text(start.name());
      page.raw("</a> ");
      state(page, start);
      page.raw(" <time class=\"ago soft\" datetime=\"" + start.time() + "\">");
      page.text(start.time().toString()).raw("</time></li>\n");
    }
    page.raw("</ul>\n");
  }

  private static void state(ServedPage page, Launch start) {
    boolean good = start.alive();
    page.raw("<span class=\"state " + (good ? "good" : "bad") + "\">");
    if (good) {
      page.say("starting", "启动中");
    } else if (start.exitCode().isPresent()) {
      String code = String.valueOf(start.exitCode().getAsInt());
      page.say("ended with exit code " + code, "已结束，退出码 " + code);
    } else {
      page.say("gone", "进程已消失");
    }
    page.raw("</span>");
  }

  /** The page of a run that has no folder yet. */
  String start(Launch start, String log, String language) {
    ServedPage page = new ServedPage(language);
    page.raw("<div id=\"start-part\"><p>");
    state(page, start);
    page.raw("</p>\n");
    log(page, log, true);
    page.raw("</div>\n");
    ServedPage tools = new ServedPage(language);
    tools.raw("<div id=\"live\" data-start=\"").text(start.name()).raw("\"></div>\n");
    connection(tools);
    return page.page(site(language, tools.markup()), start.name(), start.name());
  }

  private static void log(ServedPage page, String log, boolean open) {
    page.raw("<details class=\"log\"" + (open ? " open" : "") + "><summary>");
    page.say("What the run prints", "运行的输出").raw("</summary>\n<pre tabindex=\"0\">");
    page.text(log).raw("</pre></details>\n");
  }

  /** A page without curves. */
  String plain(ServedPage page, String en, String zh, String language) {
    ServedPage tools = new ServedPage(language);
    connection(tools);
    return page.page(site(language, tools.markup()), en, zh);
  }

  private static void connection(ServedPage page) {
    page.raw("<p class=\"lost\" id=\"lost\" role=\"status\" hidden>");
    page.say(
        "The studio does not answer. Runs go on without it. If it was started again, open its new address.",
        "工作台没有响应，运行不受影响。如果工作台已重新启动，请打开它的新地址。");
    page.raw("</p>\n");
  }

  private static void table(ServedPage page, List<RunLine> runs) {
    page.raw("<form id=\"compare\" action=\"/compare\">\n<div class=\"wide\" tabindex=\"0\">");
    page.raw("<table class=\"runs\">\n<thead><tr><td></td>");
    column(page, "", "Run", "名称");
    column(page, "", "State", "状态");
    column(page, "number", "Step", "步数");
    column(page, "number", "Loss", "损失");
    column(page, "number", "Held-out accuracy", "验证集准确率");
    column(page, "", "Method", "方法");
    column(page, "", "Changed", "最近变化");
    page.raw("</tr></thead>\n<tbody>\n");
    for (int i = 0; i < runs.size(); i++) {
      row(page, runs.get(i), i);
    }
    page.raw("</tbody></table></div>\n<p><button type=\"submit\" id=\"compare-button\">");
    page.say("Compare the chosen runs", "对比所选运行").raw("</button>\n<span class=\"soft\">");
    page.say("Choose two or more.", "请选择两个或更多。").raw("</span></p>\n</form>\n");
  }

  private static void column(ServedPage page, String style, String en, String zh) {
    page.raw("<th scope=\"col\" class=\"" + style + "\">").say(en, zh).raw("</th>");
  }

  private static void row(ServedPage page, RunLine run, int number) {
    String id = "run-" + number;
    page.raw("<tr data-run=\"")
        .text(run.name())
        .raw("\"><td><input type=\"checkbox\" name=\"run\"");
    page.raw(" aria-labelledby=\"" + id + "\" value=\"").text(run.name()).raw("\"></td>");
    page.raw(
        "<th scope=\"row\"><a id=\"" + id + "\" href=\"" + address("/run", run.name()) + "\">");
    page.text(run.name()).raw("</a></th><td>");
    states(page, run);
    page.raw("</td><td class=\"number\" data-label=\"step\">").text(steps(run)).raw("</td>");
    number(page, run.last("loss"), "loss");
    number(page, run.last("eval_rewards/accuracies", "eval_accuracy"), "accuracy");
    String method = run.run().events().plan().getOrDefault("method", "");
    String model = run.run().events().plan().getOrDefault("model", "");
    page.raw("<td>").text(method).raw(" <span class=\"soft\">").text(model).raw("</span></td>");
    page.raw("<td><time class=\"ago\" datetime=\"" + run.changed() + "\">");
    page.text(run.changed().toString()).raw("</time></td></tr>\n");
  }

  private static void states(ServedPage page, RunLine run) {
    page.state(run.state());
    if (run.diverges()) {
      page.raw(" <span class=\"state bad\">").say("diverging", "发散").raw("</span>");
    }
  }

  private static String steps(RunLine run) {
    String done = String.format(Locale.ROOT, "%,d", run.step());
    return run.maxSteps() == 0
        ? done
        : done + " / " + String.format(Locale.ROOT, "%,d", run.maxSteps());
  }

  private static void number(ServedPage page, @Nullable Double value, String label) {
    page.raw("<td class=\"number\" data-label=\"" + label + "\">");
    if (value != null) {
      page.number(value);
    }
    page.raw("</td>");
  }

  /** An address with the name of a run; names may hold any character. */
  static String address(String path, String run) {
    return path + "?run=" + URLEncoder.encode(run, StandardCharsets.UTF_8);
  }

  /** The page of a run. */
  String run(
      String name, RunFollower.Snapshot snapshot, String log, String language, boolean points) {
    ServedPage tools = new ServedPage(language);
    tools.raw("<div id=\"live\" data-run=\"").text(name).raw("\" data-at=\"");
    tools.raw(LiveFeed.text(snapshot.position()) + "\"></div>\n");
    connection(tools);
    RunRecord run = snapshot.run().named(name);
    tools.raw("<div id=\"tools\">");
    if (run.state() == RunState.RUNNING) {
      running(tools, run.folder());
    }
    checkpoints(tools, run.folder());
    if (!log.isEmpty()) {
      log(tools, log, false);
    }
    tools.raw("</div>\n<p id=\"said\" class=\"said\" role=\"status\"></p>\n");
    return ServedPage.run(run, site(language, tools.markup()), language, points);
  }

  private void running(ServedPage tools, Path run) {
    tools.raw("<p class=\"soft\">");
    tools.say("This page follows the run.", "本页面随运行更新。").raw("</p>\n");
    if (readOnly) {
      return;
    }
    tools.raw("<p class=\"buttons\">");
    button(tools, "/api/checkpoint", "Save a checkpoint now", "立即保存检查点");
    button(tools, "/api/stop", "Stop and save", "停止并保存");
    for (RunRequest request : RunRequest.values()) {
      if (request.isPending(run)) {
        tools.raw("<span class=\"soft\">");
        switch (request) {
          case STOP -> tools.say("Asked to stop; the run finishes its step.", "已请求停止，运行将完成当前步。");
          case CHECKPOINT ->
              tools.say("Asked for a checkpoint; the run finishes its step.", "已请求检查点，运行将完成当前步。");
        }
        tools.raw("</span>");
      }
    }
    tools.raw("</p>\n");
  }

  private static void button(ServedPage tools, String path, String en, String zh) {
    tools.raw("<button type=\"button\" data-post=\"" + path + "\">").say(en, zh).raw("</button>\n");
  }

  private static void checkpoints(ServedPage tools, Path run) {
    List<Long> steps = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(run, "checkpoint-*")) {
      for (Path checkpoint : found) {
        String step = checkpoint.getFileName().toString().substring("checkpoint-".length());
        if (step.matches("[0-9]{1,18}")) {
          steps.add(Long.valueOf(step));
        }
      }
    } catch (IOException e) {
      return; // The folder has just gone.
    }
    if (!steps.isEmpty()) {
      steps.sort(null);
      tools.raw("<p class=\"soft\">").say("Checkpoints after the steps ", "检查点所在步数：");
      tools.text(steps.stream().map(String::valueOf).collect(Collectors.joining(", ")));
      tools.raw("</p>\n");
    }
  }

  /** The page that compares runs. */
  String compare(List<RunRecord> runs, String language, boolean points) {
    ServedPage tools = new ServedPage(language);
    tools.raw("<div id=\"live\" data-compare=\"\"></div>\n");
    connection(tools);
    return ServedPage.compare(runs, site(language, tools.markup()), language, points);
  }

  /** A page that says what is wrong. */
  String problem(String en, String zh, String language) {
    ServedPage page = new ServedPage(language);
    page.raw("<p>").say(en, zh).raw("</p>\n<p><a href=\"/\">");
    page.say("All runs", "全部运行").raw("</a></p>\n");
    return page.page(site(language, ""), "Not there", "不存在");
  }
}
