/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.report.page;

import dev.dpo4j.report.run.Curve;
import dev.dpo4j.report.run.Divergence;
import dev.dpo4j.report.run.Events;
import dev.dpo4j.report.run.RunRecord;
import dev.dpo4j.report.run.RunState;
import dev.dpo4j.report.run.Warning;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The page of one run. */
public final class RunPage {
  /** Says in the head of every page who wrote it. */
  public static final String GENERATOR = "<meta name=\"generator\" content=\"dpo4j report\">";

  /** The metrics whose last value is shown large, with their names. */
  private static final Map<String, Words> FIGURES = new LinkedHashMap<>();

  static {
    FIGURES.put("eval_rewards/accuracies", new Words("Held-out accuracy", "验证集准确率"));
    FIGURES.put("rewards/accuracies", new Words("Accuracy in training", "训练准确率"));
    FIGURES.put("eval_loss", new Words("Held-out loss", "验证集损失"));
    FIGURES.put("loss", new Words("Loss", "损失"));
    FIGURES.put("rewards/margins", new Words("Reward margin", "奖励差"));
    FIGURES.put("logps/chosen_shift", new Words("Displacement", "概率偏移"));
    FIGURES.put("kl", new Words("KL", "KL 散度"));
  }

  private final RunRecord run;
  private final PageHtml html;
  private final String version;

  private RunPage(RunRecord run, PageHtml html, String version) {
    this.run = run;
    this.html = html;
    this.version = version;
  }

  /**
   * Returns the page.
   *
   * @param language {@code en} or {@code zh}; the page has both, and begins with this one
   */
  public static String of(RunRecord run, String language, String version) {
    return new RunPage(run, new PageHtml(language), version).write();
  }

  /** Returns the page with what a server puts around it. */
  public static String of(RunRecord run, String language, String version, Surroundings served) {
    return new RunPage(run, new PageHtml(language, served), version).write();
  }

  private String write() {
    List<ChartData.Drawn> charts = ChartData.of(run);
    PageFrame.begin(html, run.name() + " - dpo4j");
    header();
    Surroundings served = html.served();
    html.raw(served == null ? "" : served.tools());
    html.raw("<main id=\"main\">\n<div id=\"now\">\n");
    warnings();
    figures();
    html.raw("</div>\n<div id=\"curves-part\">\n");
    PageFrame.charts(html, charts);
    html.raw("</div>\n<div id=\"more\">\n");
    new DataSections(html, run).write();
    new FactSections(html, run).write();
    html.raw("</div>\n");
    return PageFrame.end(html, charts, version);
  }

  private void header() {
    html.raw("<header>\n<div><h1>").text(run.name()).raw("</h1>\n<p id=\"about\">");
    state(html, run.state());
    Map<String, String> plan = run.events().plan();
    for (String part : List.of("method", "model", "adapter")) {
      if (plan.containsKey(part)) {
        html.raw(" <span class=\"part\">").text(plan.get(part)).raw("</span>");
      }
    }
    List<Events.Start> starts = run.events().starts();
    if (!starts.isEmpty()) {
      html.raw(" <span class=\"part\">").text(starts.get(0).time()).raw("</span>");
    }
    html.raw("</p></div>\n");
    PageFrame.buttons(html);
    html.raw("</header>\n");
  }

  /** Shows how far a run is; colour is not all that tells the states apart. */
  static void state(PageHtml html, RunState state) {
    Words words =
        switch (state) {
          case RUNNING -> new Words("running", "运行中");
          case FINISHED -> new Words("finished", "已完成");
          case STOPPED -> new Words("stopped", "已停止");
          case FAILED -> new Words("failed", "已失败");
          case KILLED -> new Words("killed or crashed", "被终止或崩溃");
          case UNKNOWN -> new Words("state unknown", "状态未知");
        };
    String kind =
        switch (state) {
          case FINISHED, RUNNING -> "good";
          case STOPPED, UNKNOWN -> "plain";
          case FAILED, KILLED -> "bad";
        };
    html.raw("<span class=\"state " + kind + "\">").say(words).raw("</span>");
  }

  private void warnings() {
    List<Words> found = new ArrayList<>();
    String failure = run.events().ends().getOrDefault("message", "");
    if (!failure.isEmpty()) {
      found.add(new Words("The run failed: " + failure, "运行失败：" + failure));
    }
    Divergence.of(run).ifPresent(divergence -> found.add(diverging(divergence)));
    if (run.state() == RunState.KILLED) {
      found.add(
          new Words(
              "The run ended without a word after step "
                  + ShownNumbers.count(run.metrics().lastStep())
                  + ". --resume_from_checkpoint auto goes on from its last checkpoint.",
              "运行在第 "
                  + ShownNumbers.count(run.metrics().lastStep())
                  + " 步之后意外中断。加上 --resume_from_checkpoint auto 可从最近的检查点继续。"));
    }
    for (Curve curve : run.curves().values()) {
      Curve.Stats stats = curve.stats();
      if (stats.notFinite() > 0) {
        String values = stats.notFinite() == 1 ? " value that is" : " values that are";
        found.add(
            new Words(
                "%s has %d%s no finite number, first at step %s: the curve has gaps there."
                    .formatted(
                        curve.name(),
                        stats.notFinite(),
                        values,
                        ShownNumbers.of(stats.firstNotFinite())),
                "%s 有 %d 个非有限数值，首次出现在第 %s 步，曲线在那里断开。"
                    .formatted(
                        curve.name(), stats.notFinite(), ShownNumbers.of(stats.firstNotFinite()))));
      }
    }
    List<Warning> told = run.events().warnings();
    if (found.isEmpty() && told.isEmpty() && run.notes().isEmpty()) {
      return;
    }
    html.raw("<section class=\"warnings\" aria-labelledby=\"warnings\">\n");
    html.heading("warnings", "Warnings", "警告").raw("<ul>\n");
    found.forEach(text -> html.raw("<li>").say(text).raw("</li>\n"));
    for (Warning warning : told) {
      html.raw("<li><b>").text(warning.name()).raw("</b> ").text(warning.message());
      html.raw("</li>\n");
    }
    for (String note : run.notes()) {
      html.raw("<li class=\"soft\">").text(note).raw("</li>\n");
    }
    html.raw("</ul>\n</section>\n");
  }

  private static Words diverging(Divergence found) {
    String step = ShownNumbers.count(found.step());
    if (Double.isNaN(found.last())) {
      return new Words(
          "The run diverges: at step %s the loss is no finite number. Stop it, and begin anew with a smaller learning_rate."
              .formatted(step),
          "训练发散：第 %s 步的损失不是有限数值。请停止，并用更小的 learning_rate 重新开始。".formatted(step));
    }
    String first = ShownNumbers.of(found.first());
    String last = ShownNumbers.of(found.last());
    return new Words(
        "The run diverges: around step %s the loss is %s, and it was %s at the beginning. A smaller learning_rate, a longer warmup or max_grad_norm help."
            .formatted(step, last, first),
        "训练发散：第 %s 步附近损失为 %s，开始时为 %s。可减小 learning_rate、延长预热或设置 max_grad_norm。"
            .formatted(step, last, first));
  }

  private void figures() {
    html.raw("<ul class=\"figures\">\n");
    figure(new Words("Steps", "步数"), steps(), "");
    FIGURES.forEach(
        (metric, name) -> {
          @Nullable Curve curve = run.curves().get(metric);
          if (curve != null && curve.stats().hasNumbers()) {
            figure(name, ShownNumbers.of(curve.stats().last()), tail(curve.stats()));
          }
        });
    Map<String, String> end = run.events().ends();
    number(end, "seconds")
        .ifPresent(s -> figure(new Words("Time", "用时"), ShownNumbers.seconds(s), ""));
    @Nullable Curve speed = run.curves().get("tokens_per_second");
    if (speed != null && speed.stats().hasNumbers()) {
      figure(
          new Words("Tokens per second", "词元/秒"), ShownNumbers.count(speed.stats().tailMean()), "");
    }
    number(end, "peak_memory_bytes")
        .ifPresent(b -> figure(new Words("Peak memory", "内存峰值"), ShownNumbers.bytes(b), ""));
    html.raw("</ul>\n");
  }

  private String steps() {
    List<Events.Start> starts = run.events().starts();
    String done = ShownNumbers.count(run.metrics().lastStep());
    return starts.isEmpty()
        ? done
        : done + " / " + ShownNumbers.count(starts.get(starts.size() - 1).maxSteps());
  }

  static java.util.OptionalDouble number(Map<String, String> values, String name) {
    try {
      String text = values.getOrDefault(name, "");
      return text.isEmpty()
          ? java.util.OptionalDouble.empty()
          : java.util.OptionalDouble.of(Double.parseDouble(text));
    } catch (NumberFormatException e) {
      return java.util.OptionalDouble.empty();
    }
  }

  /** Mean and spread of the last points. */
  static String tail(Curve.Stats stats) {
    return Double.isNaN(stats.tailDeviation())
        ? ""
        : "%s ± %s (%d)"
            .formatted(
                ShownNumbers.of(stats.tailMean()),
                ShownNumbers.of(stats.tailDeviation()),
                stats.tailPoints());
  }

  private void figure(Words name, String value, String more) {
    html.raw("<li><span class=\"soft\">").say(name).raw("</span><b>").text(value).raw("</b>");
    if (!more.isEmpty()) {
      html.raw("<span class=\"soft\" title=\"mean ± standard deviation (last points)\">");
      html.text(more).raw("</span>");
    }
    html.raw("</li>\n");
  }
}
