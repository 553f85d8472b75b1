/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;

/** Compares PPO with DPO and others where the true reward is known. */
@Command(
    name = "ppo",
    description = {
      "Train one model by PPO, DPO, IPO, KTO, online DPO, GRPO and SFT with the same work.",
      "",
      "The true reward of an answer is a rule; all methods but one see it only through comparisons "
          + "of a Bradley-Terry judge. The folder gets the results of each run and the plots. A lab "
          + "that was stopped goes on where it was. On two quiet cores it takes under half an hour, "
          + "with --quick two minutes, with --full some hours."
    })
public final class LabPpoCommand extends BoundCommand<LabPpoCommand.Options> {
  private final Console console;

  /** How much is done, and where. */
  record Options(
      @Option(
              defaultValue = "false",
              help = "One seed, one strength, little work: two minutes on two quiet cores.")
          boolean quick,
      @Option(
              defaultValue = "false",
              help = "Five seeds, four strengths, much work: some hours on two quiet cores.")
          boolean full,
      @Option(defaultValue = "runs/lab-ppo", help = "Folder for models, results and plots.")
          Path outputDir)
      implements Checked {

    @Override
    public void check(Check check) {
      if (quick && full) {
        check.fault("quick", "cannot be set beside full: choose one");
      }
    }

    private LabScale scale() {
      return quick ? LabScale.QUICK : full ? LabScale.FULL : LabScale.USUAL;
    }

    private String name() {
      return quick ? "quick" : full ? "full" : "usual";
    }
  }

  public LabPpoCommand(Console console) {
    super(Binder.of(Options.class));
    this.console = console;
  }

  @Override
  protected String parentName() {
    return "lab ";
  }

  @Override
  protected ExitCode run(Options options) throws IOException {
    LabScale scale = options.scale();
    Path folder =
        Files.createDirectories(options.outputDir().resolve(options.name()).toAbsolutePath());
    long start = System.nanoTime();
    say("the demo's model, preference pairs of its answers, and a reward model of these");
    LabData data = LabData.prepare(folder, scale, () -> say("  done"));
    List<LabResult> results = new PpoLab(data, scale, this::say).run();
    LabPage page = new LabPage(results);
    page.writePlots(folder);
    console.out().println(page.table(console.terminal().width()));
    console.out().println(page.samples());
    console
        .out()
        .printf(
            "plots and results in %s, after %.0f s%n", folder, (System.nanoTime() - start) / 1e9);
    console.out().flush();
    return ExitCode.DONE;
  }

  private void say(String text) {
    console.err().println(text);
    console.err().flush();
  }
}
