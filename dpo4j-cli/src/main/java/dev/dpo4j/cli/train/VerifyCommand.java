/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.checkpoint.RunProof;
import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.train.output.RunCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Checks whether a run folder still is what the run left. */
@Command(
    name = "verify",
    description = {
      "Compute the checksums of a run's data, starting model, configuration, log, "
          + "result and checkpoints again, compare them with run.json, and check that "
          + "log, state, checkpoints and weights tell of one and the same run.",
      "",
      "The exit code is 1 if one differs, or if a file is not there."
    })
public final class VerifyCommand extends BoundCommand<VerifyCommand.Options> {
  private final Console console;

  /** What is compared. */
  record Options(
      @Option(help = "The output_dir of a run, or a checkpoint.") @Nullable Path run,
      @Option(
              defaultValue = "false",
              help = "Lets data and starting models be elsewhere; they are then not compared.")
          boolean skipAbsent) {}

  public VerifyCommand(Console console) {
    super(Binder.of(Options.class), "run");
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("RUN", "run"));
  }

  @Override
  protected ExitCode run(Options options) {
    RunProof.ProofResult verdict = RunCheck.verify(Objects.requireNonNull(options.run()));
    verdict.faults().forEach(fault -> console.out().println("differs: " + fault));
    verdict.absent().forEach(file -> console.out().println("absent: " + file));
    boolean good =
        verdict.faults().isEmpty() && (options.skipAbsent() || verdict.absent().isEmpty());
    console.out().println((good ? "verified: " : "not verified: ") + verdict.files() + " files");
    return good ? ExitCode.DONE : ExitCode.FAILURE;
  }
}
