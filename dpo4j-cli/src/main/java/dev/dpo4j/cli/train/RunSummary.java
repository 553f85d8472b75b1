/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.Language;
import dev.dpo4j.cli.command.Program;
import dev.dpo4j.cli.terminal.Block;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.report.RunReport;
import dev.dpo4j.train.loop.TrainResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The last words of a run: how it went, where the result is, and what to do next. */
public final class RunSummary {
  private static final List<String> SHOWN =
      List.of(
          "loss",
          "reward",
          "objective/scores",
          "objective/kl",
          "rewards/accuracies",
          "rewards/margins",
          "accuracy",
          "margin",
          "logps/chosen_shift",
          "kl",
          "mean_token_accuracy",
          "eval_loss",
          "eval_rewards/accuracies",
          "eval_rewards/margins",
          "eval_accuracy",
          "eval_margin");

  private final Path output;
  private final Language language;
  private final int width;

  /**
   * Words about one run.
   *
   * @param width columns of the terminal
   */
  public RunSummary(Path output, Language language, int width) {
    this.output = output;
    this.language = language;
    this.width = width;
  }

  /**
   * Returns the block.
   *
   * @param phase the run's own part
   * @param earlier what came before in the same run, by the name of its folder
   * @param resumable whether a run that was stopped left a checkpoint
   * @param next the command that is offered after a run that was not stopped
   */
  public String of(
      RunProgress.Phase phase,
      Map<String, RunProgress.Phase> earlier,
      boolean resumable,
      List<String> next) {
    StringBuilder text = new StringBuilder();
    earlier.forEach(
        (name, before) ->
            text.append(name).append(": ").append(part(before, output.resolve(name))));
    // Not wrapped, so that it can be copied.
    return text.append(part(phase, output))
        .append(language.say("next: ", "下一步："))
        .append(next(phase.result(), resumable, next))
        .append('\n')
        .toString();
  }

  private String part(RunProgress.Phase phase, Path folder) {
    TrainResult result = phase.result();
    Block block = Block.ofMetrics(width);
    for (String name : SHOWN) {
      result.log().stream()
          .map(TrainResult.LogLine::metrics)
          .filter(metrics -> metrics.containsKey(name))
          .reduce((earlier, later) -> later)
          .ifPresent(
              metrics -> block.line(name, String.format(Locale.ROOT, "%.4f", metrics.get(name))));
    }
    if (phase.tokensPerSecond() > 0) {
      block.line(language.say("speed", "速度"), Units.rate(phase.tokensPerSecond()) + " tokens/s");
    }
    if (result.peakMemoryBytes() > 0) {
      block.line(language.say("peak memory", "内存峰值"), Units.bytes(result.peakMemoryBytes()));
    }
    block.line(language.say("result", "结果"), folder.toString());
    Path report = folder.resolve(RunReport.FILE_NAME);
    if (Files.exists(report)) {
      block.line(language.say("report", "报告"), report.toString());
    }
    return headline(result) + "\n" + block;
  }

  private String headline(TrainResult result) {
    String steps = result.steps() + (result.steps() == 1 ? " step" : " steps");
    String time = Units.time(Duration.ofMillis((long) (result.seconds() * 1000)));
    if (!result.stopped() && result.stepsNow() == 0) {
      return language.say(
          "already finished: an earlier run did all " + steps,
          "已经完成：先前的运行已训练全部 " + result.steps() + " 步");
    }
    return result.stopped()
        ? language.say(
            "stopped after " + steps + " in " + time, "已停止：" + result.steps() + " 步，用时 " + time)
        : language.say(
            "trained " + steps + " in " + time, "训练完成：" + result.steps() + " 步，用时 " + time);
  }

  private String next(TrainResult result, boolean resumable, List<String> next) {
    if (!result.stopped()) {
      return Program.command(next.toArray(String[]::new));
    }
    return resumable
        ? language.say(
            "the same command with --resume_from_checkpoint auto",
            "同一命令加上 --resume_from_checkpoint auto")
        : language.say(
            "the same command with --overwrite_output_dir true: save_strategy no left no checkpoint",
            "同一命令加上 --overwrite_output_dir true：save_strategy 为 no，没有检查点");
  }
}
