/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.noise;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.terminal.BusyMachine;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.eval.SweepReport;
import dev.dpo4j.io.OwnerLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Trains on flawed pairs whose right labels are known, and compares what comes of it. */
@Command(
    name = "noise",
    description = {
      "Train the model of the demo on flawed pairs, and measure it on right ones.",
      "",
      "Four studies: wrong labels against several losses, too few pairs, near-duplicates, and "
          + "labels that follow length. Each combination is trained with several seeds, each with "
          + "flaws of its own. The same command goes on where it was stopped."
    })
public final class LabNoiseCommand extends BoundCommand<LabNoiseCommand.Options> {
  private final Console console;
  private final Interruption interruption;

  /** What is tried, and where it is kept. */
  record Options(
      @Option(defaultValue = "runs/lab-noise", help = "Where data, runs, figures and pages go.")
          Path outputDir,
      @Option(
              defaultValue = "labels,pairs,copies,length",
              help =
                  "What is tried: labels (a share of the labels is wrong), pairs (too few), copies "
                      + "(near-duplicates), length (the longer answer is preferred).")
          List<Study> study,
      @Option(
              defaultValue = "3",
              range = "[1,inf)",
              help = "Runs of each combination. Below 3 no difference is called more than noise.")
          int seeds,
      @Option(
              defaultValue = "false",
              help =
                  "Trains a few steps only. This shows the form of the result in minutes; the "
                      + "figures mean nothing.")
          boolean quick) {}

  public LabNoiseCommand(Console console, Interruption interruption) {
    super(Binder.of(Options.class));
    this.console = console;
    this.interruption = interruption;
  }

  @Override
  protected boolean speaks() {
    return true;
  }

  @Override
  protected ExitCode run(Options options) throws IOException {
    interruption.listen();
    try (OwnerLock owner = OwnerLock.ofFolder(options.outputDir())) {
      return train(options);
    }
  }

  private ExitCode train(Options options) throws IOException {
    NoiseLab.Settings settings = options.quick() ? NoiseLab.Settings.QUICK : NoiseLab.Settings.FULL;
    NoiseLab lab = new NoiseLab(options.outputDir(), settings, console, interruption::requested);
    lab.claim();
    String warning = BusyMachine.atStart();
    if (!warning.isEmpty()) {
      console.err().println("note: " + warning);
    }
    console.err().println("SFT: the model that all runs begin with");
    if (!lab.prepare()) {
      return stopped();
    }
    for (Study study : options.study()) {
      console.err().println(study.key() + ": " + study.title());
      @Nullable SweepReport report = lab.run(study, options.seeds(), language().say("en", "zh"));
      if (report == null) {
        return stopped();
      }
      console.out().print(NoiseText.of(study, report, settings.demo().seed()));
      console
          .out()
          .println("\npage: " + options.outputDir().resolve(study.key()).resolve("sweep.html"));
      console.out().flush();
    }
    return ExitCode.DONE;
  }

  private ExitCode stopped() {
    console.err().println("stopped: the same command goes on");
    return interruption.exitCode();
  }
}
