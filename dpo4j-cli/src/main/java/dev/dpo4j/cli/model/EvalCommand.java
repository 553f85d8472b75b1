/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.model;

import dev.dpo4j.api.Evaluator;
import dev.dpo4j.api.rl.RewardJudge;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.OutputFile;
import dev.dpo4j.cli.command.Precision;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.eval.EvalReport;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.judge.Judging;
import dev.dpo4j.judge.RowJudge;
import dev.dpo4j.judge.endpoint.Asker;
import dev.dpo4j.judge.endpoint.ReplyLog;
import dev.dpo4j.report.EvalPage;
import dev.dpo4j.report.RunReport;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Measures a model on preference pairs. */
@Command(
    name = "eval",
    description = {
      "Measure a model on held-out preference pairs, each figure with a confidence interval.",
      "",
      "Accuracy, margin, loss and displacement against the reference, in all and by groups of "
          + "rows; calibration; accuracy at equal lengths; a second model on the same rows."
    })
public final class EvalCommand extends BoundCommand<EvalCommandOptions> {
  private final Console console;

  public EvalCommand(Console console) {
    super(Binder.of(EvalCommandOptions.class), "model_name_or_path", "dataset_name");
    this.console = console;
  }

  @Override
  protected boolean speaks() {
    return true;
  }

  @Override
  protected ExitCode run(EvalCommandOptions options) throws IOException {
    requireFree(options);
    EngineRoute.choose(options.device());
    StatusLine status = new StatusLine(console, Clock.systemUTC());
    EvalReport report = evaluate(options, status);
    status.clear();
    List<Threshold> thresholds = options.thresholds();
    requireFigures(report, thresholds);
    String json = report.toJson();
    console.out().println(options.json() ? json : EvalText.of(report));
    Path output = options.output();
    if (output != null) {
      AtomicFile.writeString(output, json + "\n");
    }
    Path html = options.html();
    if (html != null) {
      AtomicFile.writeString(html, EvalPage.of(json, language().say("en", "zh")));
      console.err().println("page: " + html);
    }
    List<String> faults =
        thresholds.stream()
            .map(threshold -> threshold.fault(report.figures()))
            .filter(Objects::nonNull)
            .toList();
    faults.forEach(fault -> console.err().println("below the threshold: " + fault));
    return faults.isEmpty() ? ExitCode.DONE : ExitCode.BELOW_THRESHOLD;
  }

  private EvalReport evaluate(EvalCommandOptions options, StatusLine status) throws IOException {
    EvalJudgeOptions judge = options.judge();
    String reward = judge.rewardModelNameOrPath();
    if (reward != null) {
      return evaluator(options, status, RewardJudge.of(Path.of(reward))).evaluate();
    }
    if (judge.judgeBaseUrl() == null) {
      return evaluator(options, status, null).evaluate();
    }
    try (ReplyLog replies = ReplyLog.open(judge.replies(options.output()));
        Asker asker = judge.asker(names().environment(), replies)) {
      return evaluator(options, status, new Judging(judge.judge(asker))).evaluate();
    }
  }

  /** What cannot be written is found out before anything is computed. */
  private static void requireFree(EvalCommandOptions options) throws IOException {
    List<Path> inputs = List.of(Path.of(Objects.requireNonNull(options.datasetName())));
    Path output = options.output();
    if (output != null) {
      OutputFile.require("output", output, head -> head.startsWith("{\"facts\":"), inputs);
    }
    Path html = options.html();
    if (html != null) {
      OutputFile.require("html", html, RunReport::isPage, inputs);
    }
  }

  /** A threshold that nothing is compared with would always hold. */
  private static void requireFigures(EvalReport report, List<Threshold> thresholds) {
    for (Threshold threshold : thresholds) {
      if (!report.figures().containsKey(threshold.figure())) {
        throw new ConfigException(
            new Fault(
                "fail_under",
                threshold.figure(),
                "is no figure of this evaluation; there are "
                    + String.join(", ", report.figures().keySet())));
      }
    }
  }

  private Evaluator evaluator(
      EvalCommandOptions options, StatusLine status, @Nullable RowJudge judge) {
    Evaluator.Builder builder =
        Evaluator.builder()
            .model(Path.of(Objects.requireNonNull(options.modelNameOrPath())))
            .refModel(path(options.refModelNameOrPath()))
            .secondModel(path(options.secondModelNameOrPath()))
            .data(Path.of(Objects.requireNonNull(options.datasetName())), options.split())
            .beta(options.beta())
            .maxLength(options.maxLength())
            .sliceBy(options.sliceBy())
            .klPrompts(options.klPrompts(), options.klMaxNewTokens())
            .samples(options.judge().samples(), options.judge().sampleMaxNewTokens())
            .judge(judge)
            .unpaired(options.unpaired())
            .seed(options.seed())
            .compute(Precision.of(options.bf16()))
            .onProgress(
                text -> {
                  if (text.startsWith("loading") && !console.terminal().interactive()) {
                    console.err().println(text);
                  } else {
                    status.text(text);
                  }
                });
    String chosen = options.chosenScoreColumn();
    String rejected = options.rejectedScoreColumn();
    if (chosen != null && rejected != null) {
      builder.scoreColumns(chosen, rejected);
    }
    return builder.build();
  }

  private static @Nullable Path path(@Nullable String name) {
    return name == null ? null : Path.of(name);
  }
}
