/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.api.rl.RewardJudge;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.StatusLine;
import dev.dpo4j.config.Binder;
import dev.dpo4j.data.PromptData;
import dev.dpo4j.data.file.JsonText;
import dev.dpo4j.data.form.PromptRow;
import dev.dpo4j.judge.HumanLabels;
import dev.dpo4j.judge.Judge;
import dev.dpo4j.judge.JudgedRow;
import dev.dpo4j.judge.Judging;
import dev.dpo4j.judge.endpoint.Asker;
import dev.dpo4j.judge.endpoint.Endpoint;
import dev.dpo4j.judge.endpoint.ReplyLog;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine.Command;

/** Lets a model compare answers. */
@Command(
    name = "judge",
    description = {
      "Let a model behind an OpenAI-compatible endpoint judge which of two answers is " + "better.",
      "",
      "Every pair is judged in both orders; where the orders disagree it is a tie. "
          + "Every reply is kept, and none is paid twice: the same command goes on where it "
          + "was stopped."
    })
public final class JudgeCommand extends BoundCommand<JudgeOptions> {
  private final Console console;
  private final Interruption interruption;
  private final Map<String, String> environment;

  public JudgeCommand(Console console, Interruption interruption, Map<String, String> environment) {
    super(Binder.of(JudgeOptions.class), "data", "output", "base_url", "judge_model");
    this.console = console;
    this.interruption = interruption;
    this.environment = environment;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("FILE", "data"));
  }

  /** A reward model needs no endpoint. */
  @Override
  protected boolean isRequired(String key, Set<String> given) {
    boolean local = given.contains("reward_model_name_or_path");
    return !(local && (key.equals("base_url") || key.equals("judge_model")));
  }

  private ExitCode byReward(JudgeOptions options, Path folder) throws IOException {
    Path output = Objects.requireNonNull(options.data().output());
    OutputFiles files =
        new OutputFiles()
            .input("data", options.data().data())
            .input("human", options.data().human())
            .output("output", output)
            .output("pairs", options.data().pairs())
            .check();
    files.requireOwn();
    EngineRoute.choose(options.judge().device());
    List<PromptRow> rows = PromptData.read(Objects.requireNonNull(options.data().data()));
    Path labels = options.data().human();
    HumanLabels human = labels == null ? null : HumanLabels.read(labels);
    List<RewardJudge.Scored> scored =
        RewardVerdicts.of(folder, options.data().keepCutAnswers(), rows, console, "rows");
    files.write(output, RewardVerdicts.lines(scored, folder));
    Path pairs = options.data().pairs();
    if (pairs != null) {
      files.write(
          pairs, JudgeReport.pairs(scored.stream().map(RewardJudge.Scored::judged).toList()));
    }
    console.out().print(RewardVerdicts.report(scored, human, options.data().json()));
    return ExitCode.DONE;
  }

  @Override
  protected ExitCode run(JudgeOptions options) throws IOException {
    String reward = options.judge().rewardModelNameOrPath();
    if (reward != null) {
      return byReward(options, Path.of(reward));
    }
    Path output = Objects.requireNonNull(options.data().output());
    String model = Objects.requireNonNull(options.judge().judgeModel());
    options.endpoint().checkPrices(Set.of(model));
    OutputFiles files = files(options, output);
    List<PromptRow> rows = PromptData.read(Objects.requireNonNull(options.data().data()));
    Path labels = options.data().human();
    HumanLabels human = labels == null ? null : HumanLabels.read(labels);
    String rubric = options.judge().rubricText();
    Endpoint endpoint = options.endpoint().endpoint(environment);
    interruption.listen();
    try (ReplyLog log = JudgeReport.open(console, options.data().repliesOf(output))) {
      files.requireOwn();
      List<JudgedRow> judged;
      long retries;
      try (Asker asker =
          new Asker(
              endpoint,
              options.endpoint().retry(),
              options.endpoint().concurrency(),
              log,
              interruption::requested)) {
        Judge judge =
            new Judge(
                asker,
                model,
                rubric,
                options.judge().judgeTemperature(),
                options.judge().judgeMaxTokens());
        judged = judge(new Judging(judge, options.data().keepCutAnswers()), rows);
        retries = asker.retries();
      } catch (Asker.AskingStoppedException e) {
        console.err().println("stopped: the same command goes on from the replies so far");
        return interruption.exitCode();
      }
      files.write(output, text(judged, model));
      Path pairs = options.data().pairs();
      if (pairs != null) {
        files.write(pairs, JudgeReport.pairs(judged));
      }
      JudgeReport report = new JudgeReport(judged, human, log, retries, options.endpoint());
      console.out().print(options.data().json() ? report.json() + "\n" : report.text());
      return report.exitCode(console);
    }
  }

  private static OutputFiles files(JudgeOptions options, Path output) {
    return new OutputFiles()
        .input("data", options.data().data())
        .input("human", options.data().human())
        .input("rubric", options.judge().rubric())
        .replies(options.data().repliesOf(output))
        .output("output", output)
        .output("pairs", options.data().pairs())
        .check();
  }

  private List<JudgedRow> judge(Judging judging, List<PromptRow> rows) {
    StatusLine status = new StatusLine(console, Clock.systemUTC());
    String rest = judging.comparisons(rows) + " comparisons in both orders";
    try {
      return judging.judge(rows, done -> status.show(done, rows.size(), "rows", rest));
    } finally {
      status.clear();
    }
  }

  private static String text(List<JudgedRow> rows, String model) {
    StringBuilder text = new StringBuilder();
    for (JudgedRow row : rows) {
      text.append(JsonText.write(row.columns(model))).append('\n');
    }
    return text.toString();
  }
}
