/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.checkpoint.RunProof;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.train.output.RunCheck;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks whether a run folder still is what the run left. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Compute the checksums of a run's data, starting model, configuration, log, "
          + "result and checkpoints again, compare them with run.json, and check that "
          + "log, state, checkpoints and weights tell of one and the same run.",
      "",
      "The exit code is 1 if one differs, or if a file is not there."
    })
public final class VerifyCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "RUN", description = "The output_dir of a run, or a checkpoint.")
  private @Nullable Path run;

  @Option(
      names = "--skip_absent",
      description = "Let data and starting models be elsewhere; they are then not compared.")
  private boolean skipAbsent;

  public VerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RunProof.ProofResult verdict = RunCheck.verify(Objects.requireNonNull(run));
    verdict.faults().forEach(fault -> console.out().println("differs: " + fault));
    verdict.absent().forEach(file -> console.out().println("absent: " + file));
    boolean good = verdict.faults().isEmpty() && (skipAbsent || verdict.absent().isEmpty());
    console.out().println((good ? "verified: " : "not verified: ") + verdict.files() + " files");
    return (good ? ExitCode.DONE : ExitCode.FAILURE).code();
  }
}
