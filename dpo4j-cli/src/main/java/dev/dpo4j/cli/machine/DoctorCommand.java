/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

/** Examines whether and how fast training can work here. */
@Command(
    name = "doctor",
    description = {
      "Examine the machine, the JVM, the engine, CUDA cards and the folders that a run needs.",
      "",
      "Started by launch, it also lets the processes meet, and compares their machines. Every problem"
          + " is printed with its remedy. The exit code is 1 if training cannot work."
    })
public final class DoctorCommand extends BoundCommand<DoctorCommand.Options> {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration SKEW = Duration.ofSeconds(5);

  private final Console console;

  /** What is looked at, and how the findings are printed. */
  record Options(
      @Option(
              defaultValue = "auto",
              help =
                  "The installed PyTorch to look at: a path as in dpo, or auto. The environment"
                      + " variable DPO4J_LIBTORCH sets it, too.")
          String engine,
      @Option(defaultValue = "false", help = "Prints one JSON object instead of text.")
          boolean json) {}

  public DoctorCommand(Console console) {
    super(Binder.of(Options.class));
    this.console = console;
  }

  @Override
  protected ExitCode run(Options options) {
    Path home = Path.of(System.getProperty("user.home"));
    Diagnosis diagnosis =
        new Doctor(System.getenv(), home, options.engine())
            .examine(Machine.read(Path.of("/")), EngineExamination::examine);
    new ClusterExamination(System.getenv(), Clock.systemUTC(), PATIENCE, SKEW).examine(diagnosis);
    console.out().print(options.json() ? toJson(diagnosis) : diagnosis.render());
    return diagnosis.healthy() ? ExitCode.DONE : ExitCode.FAILURE;
  }

  private static String toJson(Diagnosis diagnosis) {
    record Report(Object facts, Object problems) {}
    return JsonMapper.shared()
            .writeValueAsString(new Report(diagnosis.sections(), diagnosis.problems()))
        + "\n";
  }
}
