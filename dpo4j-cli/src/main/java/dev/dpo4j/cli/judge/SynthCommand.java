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
import dev.dpo4j.judge.Judge;
import dev.dpo4j.judge.JudgedRow;
import dev.dpo4j.judge.Judging;
import dev.dpo4j.judge.PromptTexts;
import dev.dpo4j.judge.Synthesis;
import dev.dpo4j.judge.Synthesis.WrittenRow;
import dev.dpo4j.judge.Writer;
import dev.dpo4j.judge.endpoint.Asker;
import dev.dpo4j.judge.endpoint.Endpoint;
import dev.dpo4j.judge.endpoint.ReplyLog;
import dev.dpo4j.judge.endpoint.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Lets models write preference pairs. */
@Command(
    name = "synth",
    description = {
      "Let models behind an OpenAI-compatible endpoint write the answers of preference " + "pairs.",
      "",
      "Every reply is kept, and none is paid twice: the same command goes on where it "
          + "was stopped."
    })
public final class SynthCommand extends BoundCommand<SynthOptions> {
  private final Console console;
  private final Interruption interruption;
  private final Map<String, String> environment;

  public SynthCommand(Console console, Interruption interruption, Map<String, String> environment) {
    super(Binder.of(SynthOptions.class), "prompts", "output", "base_url", "model");
    this.console = console;
    this.interruption = interruption;
    this.environment = environment;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("FILE", "prompts"));
  }

  @Override
  protected ExitCode run(SynthOptions options) throws IOException {
    options.endpoint().checkPrices(options.models());
    Path output = Objects.requireNonNull(options.data().output());
    Path replies = JudgeReport.repliesOf(output, options.data().replies());
    OutputFiles files =
        new OutputFiles()
            .input("prompts", options.data().prompts())
            .input("rubric", options.judge().rubric())
            .input("degrade_instructions", options.writing().degradeInstructions())
            .replies(replies)
            .output("output", output)
            .check();
    if (options.judges() && options.judge().rewardModelNameOrPath() != null) {
      // Before answers are paid for.
      EngineRoute.choose(options.judge().device());
    }
    List<PromptRow> rows = PromptData.read(Objects.requireNonNull(options.data().prompts()));
    Endpoint endpoint = options.endpoint().endpoint(environment);
    Endpoint weak = weakEndpoint(options, endpoint);
    interruption.listen();
    try (ReplyLog log = JudgeReport.open(console, replies)) {
      files.requireOwn();
      List<WrittenRow> written;
      List<JudgedRow> judged;
      try (Asker asker = asker(endpoint, options, log);
          Asker weakAsker = asker(weak, options, log)) {
        written = write(rows, asker, weakAsker, options);
        judged = judge(written, asker, options);
      } catch (Asker.AskingStoppedException e) {
        console.err().println("stopped: the same command goes on from the replies so far");
        return interruption.exitCode();
      }
      Result result = result(written, judged, options);
      files.write(output, result.text.toString());
      report(result, log, options);
      return result.pairs > 0 ? ExitCode.DONE : none();
    }
  }

  private ExitCode none() {
    console.err().println("error: no pair came of it; the counts above say why");
    return ExitCode.FAILURE;
  }

  private Endpoint weakEndpoint(SynthOptions options, Endpoint strong) {
    String url = options.writing().weakBaseUrl();
    if (url == null) {
      return strong;
    }
    Endpoint weak =
        options
            .endpoint()
            .endpoint(url, "weak_base_url", options.writing().weakApiKeyEnv(), environment);
    return weak;
  }

  private Asker asker(Endpoint endpoint, SynthOptions options, ReplyLog log) {
    return new Asker(
        endpoint,
        options.endpoint().retry(),
        options.endpoint().concurrency(),
        log,
        interruption::requested);
  }

  private List<WrittenRow> write(
      List<PromptRow> rows, Asker asker, Asker weakAsker, SynthOptions options) {
    SynthOptions.WritingOptions writing = options.writing();
    String model = Objects.requireNonNull(writing.model());
    Writer writer =
        new Writer(asker, model, "", writing.temperature(), writing.maxTokens())
            .keepCut(writing.keepCutAnswers());
    StatusLine status = new StatusLine(console, Clock.systemUTC());
    try {
      if (writing.mode() == SynthOptions.Mode.BEST_OF_N) {
        return Synthesis.bestOfN(
            rows, writer, writing.numAnswers(), done -> show(status, done, rows.size()));
      }
      Writer worse = worse(asker, weakAsker, writer, writing);
      return Synthesis.contrast(
          rows, writer, worse, writing.rejectedFrom(), done -> show(status, done, rows.size()));
    } finally {
      status.clear();
    }
  }

  private static void show(StatusLine status, int done, int all) {
    status.show(done, all, "prompts", "answered");
  }

  private static Writer worse(
      Asker asker, Asker weakAsker, Writer strong, SynthOptions.WritingOptions writing) {
    return switch (writing.rejectedFrom()) {
      case WEAK_MODEL ->
          new Writer(
                  weakAsker,
                  Objects.requireNonNull(writing.weakModel()),
                  "",
                  writing.temperature(),
                  writing.maxTokens())
              .keepCut(writing.keepCutAnswers());
      case DEGRADED -> {
        Path file = writing.degradeInstructions();
        String how =
            file == null ? PromptTexts.degrade() : PromptTexts.ofFile("degrade_instructions", file);
        yield new Writer(
                asker,
                Objects.requireNonNull(writing.model()),
                how,
                writing.temperature(),
                writing.maxTokens())
            .keepCut(writing.keepCutAnswers());
      }
      case GIVEN -> strong;
    };
  }

  private List<JudgedRow> judge(List<WrittenRow> written, Asker asker, SynthOptions options) {
    if (!options.judges()) {
      return List.of();
    }
    List<PromptRow> usable = new ArrayList<>();
    written.stream().filter(row -> row.fault().isEmpty()).forEach(row -> usable.add(row.row()));
    String folder = options.judge().rewardModelNameOrPath();
    if (folder != null) {
      return byReward(usable, Path.of(folder), options.writing().keepCutAnswers());
    }
    Judge judge =
        new Judge(
            asker,
            options.judgeModel(),
            options.judge().rubricText(),
            options.judge().judgeTemperature(),
            options.judge().judgeMaxTokens());
    StatusLine status = new StatusLine(console, Clock.systemUTC());
    try {
      return new Judging(judge, true)
          .judge(usable, done -> status.show(done, usable.size(), "prompts", "judged"));
    } finally {
      status.clear();
    }
  }

  private List<JudgedRow> byReward(List<PromptRow> usable, Path folder, boolean keepCut) {
    return RewardVerdicts.of(folder, keepCut, usable, console, "prompts").stream()
        .map(RewardJudge.Scored::judged)
        .toList();
  }

  /** The rows of the output and what became of the others. */
  private static final class Result {
    private final StringBuilder text = new StringBuilder();
    private final Map<String, Integer> dropped = new TreeMap<>();
    private int pairs;

    void keep(Map<String, ?> pair) {
      text.append(JsonText.write(pair)).append('\n');
      pairs++;
    }

    void drop(String why) {
      dropped.merge(why, 1, Integer::sum);
    }
  }

  private static Result result(
      List<WrittenRow> written, List<JudgedRow> judged, SynthOptions options) {
    Result result = new Result();
    int next = 0;
    boolean contrast = options.writing().mode() == SynthOptions.Mode.CONTRAST;
    for (WrittenRow row : written) {
      if (!row.fault().isEmpty()) {
        result.drop(row.fault());
        continue;
      }
      if (!options.judges()) {
        result.keep(JudgedRow.pair(row.row(), 0, 1));
        continue;
      }
      JudgedRow verdicts = judged.get(next++);
      int[] pair = verdicts.bestAndWorst();
      if (pair == null) {
        result.drop(verdicts.failed() ? "no verdict" : "tie, or the orders disagree");
      } else if (contrast && pair[0] != 0) {
        result.drop("the judge prefers the answer that was to be rejected");
      } else {
        result.keep(JudgedRow.pair(row.row(), pair[0], pair[1]));
      }
    }
    return result;
  }

  private void report(Result result, ReplyLog log, SynthOptions options) {
    Usage total = log.total().values().stream().reduce(Usage.NONE, Usage::plus);
    Usage added = log.added().values().stream().reduce(Usage.NONE, Usage::plus);
    Double cost = options.endpoint().cost(log.total());
    if (options.data().json()) {
      Map<String, @Nullable Object> json = new LinkedHashMap<>();
      json.put("pairs", result.pairs);
      json.put("dropped", result.dropped);
      json.put("replies", total.replies());
      json.put("requests_lost", log.lost());
      json.put("new_replies", added.replies());
      json.put("prompt_tokens", total.promptTokens());
      json.put("completion_tokens", total.completionTokens());
      json.put("replies_without_usage", total.uncounted());
      json.put("cost", cost);
      console.out().println(JsonText.write(json));
      return;
    }
    StringBuilder text = new StringBuilder();
    text.append(result.pairs).append(" preference pairs\n");
    result.dropped.forEach(
        (why, count) -> text.append(count).append(" dropped: ").append(why).append('\n'));
    text.append(
        String.format(
            Locale.ROOT,
            "replies %,d (%,d new), %,d tokens read, %,d written",
            total.replies(),
            added.replies(),
            total.promptTokens(),
            total.completionTokens()));
    text.append(cost == null ? "" : String.format(Locale.ROOT, ", cost %.4f", cost)).append('\n');
    if (log.lost() > 0) {
      text.append(JudgeReport.lost(log.lost())).append('\n');
    }
    console.out().print(text);
  }
}
