/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.machine;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** Examines whether and how fast training can work here. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Examine the machine, the JVM, the engine, CUDA cards and the folders that a run needs.",
      "",
      "Every problem is printed with its remedy. The exit code is 1 if training cannot work."
    })
public final class DoctorCommand implements Callable<Integer> {
  private final Console console;

  @Option(names = "--json", description = "Print one JSON object instead of text.")
  private boolean json;

  public DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Path home = Path.of(System.getProperty("user.home"));
    Diagnosis diagnosis =
        new Doctor(System.getenv(), home)
            .examine(Machine.read(Path.of("/")), EngineExamination::examine);
    console.out().print(json ? toJson(diagnosis) : diagnosis.render());
    return (diagnosis.healthy() ? ExitCode.DONE : ExitCode.FAILURE).code();
  }

  private static String toJson(Diagnosis diagnosis) {
    record Report(Object facts, Object problems) {}
    return new JsonMapper()
            .writeValueAsString(new Report(diagnosis.sections(), diagnosis.problems()))
        + "\n";
  }
}
