/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.demo;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.command.Language;
import dev.dpo4j.cli.terminal.BusyMachine;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Plot;
import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.cli.terminal.TextWidth;
import dev.dpo4j.cli.train.EndReport;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.OwnerLock;
import dev.dpo4j.tensor.Engine;
import dev.dpo4j.train.loop.TrainResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains a small model from scratch and shows what DPO changes in it. */
@Command(
    name = "demo",
    description = {
      "Train a small bilingual model from scratch, offline, and show what DPO changes.",
      "",
      "A forum full of unhelpful replies teaches it to talk (SFT); preference pairs "
          + "teach it which replies are wanted (DPO). It is asked about topics that no "
          + "preference pair names."
    })
public final class DemoCommand extends BoundCommand<DemoCommand.Options> {
  /** Says that a folder is one of ours. */
  private static final String MARKER = ".dpo4j-demo";

  private static final int PLOT_WIDTH = 60;
  private static final int PLOT_HEIGHT = 8;

  /** Columns before an answer. */
  private static final int ANSWER_INDENT = 12;

  /** Held-out prompts to print: the first of each kind in each language. */
  private static final int[] SHOWN = {0, 2, 12, 14, 24, 26};

  private final Console console;
  private final Interruption interruption;

  /** Where the demo is kept. */
  record Options(
      @Option(
              defaultValue = "runs/demo",
              help = "Where data and models go; what an earlier demo left there is replaced.")
          Path outputDir) {}

  public DemoCommand(Console console, Interruption interruption) {
    super(Binder.of(Options.class));
    this.console = console;
    this.interruption = interruption;
  }

  @Override
  protected ExitCode run(Options options) throws IOException {
    Path outputDir = options.outputDir();
    try (OwnerLock owner = OwnerLock.ofFolder(outputDir)) {
      refuseForeign(outputDir);
      return show(outputDir);
    }
  }

  /** A folder that holds anything but a demo is not written into. */
  private static void refuseForeign(Path outputDir) throws IOException {
    Path ours = outputDir.resolve(MARKER);
    if (!Files.exists(ours) && !Files.exists(outputDir.resolve("data/held-out.jsonl"))) {
      try (Stream<Path> files = Files.list(outputDir)) {
        Optional<Path> other =
            files.filter(file -> !file.endsWith(OwnerLock.FOLDER_FILE)).findFirst();
        if (other.isPresent()) {
          throw new ForeignFileException(
              "%s holds %s, which is not of a demo, and was not changed: name another folder with --output_dir"
                  .formatted(outputDir, other.get().getFileName()));
        }
      }
    }
    Files.writeString(ours, "What is in this folder was made by dpo4j demo, which replaces it.\n");
  }

  private ExitCode show(Path outputDir) throws IOException {
    long start = System.nanoTime();
    BusyMachine busy = new BusyMachine();
    String warning = BusyMachine.atStart();
    if (!warning.isEmpty()) {
      say("note: %s; on two quiet cores the demo takes about 90 s", warning);
    }
    DemoRun run = new DemoRun(outputDir, DemoRun.Settings.DEFAULT, interruption::requested);
    interruption.listen();
    DemoData data = run.data();
    say("1/4  data and a fresh model (Qwen2 architecture, random weights)");
    run.prepare();
    say(
        "     %d dialogues, %d preference pairs, %d held-out pairs in %s",
        data.sftDialogues().size(), data.train().size(), data.heldOut().size(), run.dataFolder());

    say("2/4  SFT: learns to talk from a forum and the chosen answers");
    DemoProgress sftProgress = new DemoProgress(console, "examples");
    TrainResult sft = run.sft(sftProgress);
    if (sft.stopped()) {
      return interruption.exitCode();
    }
    say("3/4  DPO: the SFT model learns from pairs, against itself as reference");
    @Nullable DemoExam before = run.examine(run.sftFolder());
    if (before == null) {
      return interruption.exitCode();
    }
    DemoProgress dpoProgress = new DemoProgress(console, "pairs");
    TrainResult dpo = run.dpo(dpoProgress);
    if (dpo.stopped()) {
      return interruption.exitCode();
    }
    say("4/4  the held-out questions, once more");
    @Nullable DemoExam after = run.examine(run.modelFolder());
    if (after == null) {
      return interruption.exitCode();
    }

    run.keepAnswers(before, after, dpo.steps());
    Language language = Language.of("", System.getenv());
    EndReport.write(run.sftFolder(), language, console);
    Optional<Path> report = EndReport.write(run.modelFolder(), language, console);

    print(answers(data, before, after));
    print(curves(sftProgress, dpoProgress));
    print(scores(before, after));
    print(ending(run, Duration.ofNanos(System.nanoTime() - start)));
    report.ifPresent(page -> print("The run with all its curves, in a browser: " + page + "\n"));
    String heldUp = busy.atEnd(Engine.ensureStarted().threads());
    if (!heldUp.isEmpty()) {
      say("%s", heldUp);
    }
    return ExitCode.DONE;
  }

  private String answers(DemoData data, DemoExam before, DemoExam after) {
    StringBuilder text = new StringBuilder("\nAnswers to held-out questions\n");
    for (int i : SHOWN) {
      text.append("\n  ").append(data.heldOut().get(i).prompt());
      text.append("\n    before  ").append(wrapped(before.answers().get(i), ANSWER_INDENT));
      text.append("\n    after   ").append(wrapped(after.answers().get(i), ANSWER_INDENT));
      text.append('\n');
    }
    return text.toString();
  }

  private String curves(DemoProgress sft, DemoProgress dpo) {
    Plot plot = new Plot(PLOT_WIDTH, PLOT_HEIGHT, console.terminal().unicode());
    return "\n"
        + draw(plot, "SFT loss", sft, "loss")
        + "\n"
        + draw(plot, "DPO loss", dpo, "loss")
        + "\n"
        + draw(plot, "DPO reward margin", dpo, "rewards/margins");
  }

  private static String draw(Plot plot, String title, DemoProgress progress, String metric) {
    double[] values = progress.curve(metric);
    return plot.draw(title, values, "step 1", String.valueOf(values.length));
  }

  private static String scores(DemoExam before, DemoExam after) {
    int pairs = before.answers().size();
    return "\n"
        + Table.withHeader("Held-out questions: " + pairs, "before DPO", "after DPO")
            .row(
                "preference accuracy (chosen answer more probable)",
                percent(before.accuracy()),
                percent(after.accuracy()))
            .row(
                "answers that brush the question off",
                count(before.shrugs()),
                count(after.shrugs()))
            .row("answers equal to the chosen one", count(before.wanted()), count(after.wanted()))
            .render();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }

  private static String count(int count) {
    return String.valueOf(count);
  }

  private static String ending(DemoRun run, Duration time) {
    return String.format(
        Locale.ROOT,
        "%nDone in %d s. The model, a Hugging Face folder: %s%n"
            + "Before DPO: %s   the data: %s%n",
        time.toSeconds(),
        run.modelFolder(),
        run.sftFolder(),
        run.dataFolder());
  }

  /** Breaks a text at its words where a terminal would break it inside of them. */
  private String wrapped(String text, int indent) {
    int width = console.terminal().textWidth();
    return indent + TextWidth.of(text) <= width ? text : TextWidth.wrap(text, width, indent);
  }

  private void say(String format, Object... arguments) {
    console.err().println(wrapped(String.format(Locale.ROOT, format, arguments), 0));
  }

  private void print(String text) {
    console.out().print(text);
    console.out().flush();
  }
}
