/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.generate;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.command.Precision;
import dev.dpo4j.cli.machine.EngineRoute;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.serve.ModelServer;
import dev.dpo4j.serve.ServeOptions;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

/** Serves a model to programs that speak OpenAI's protocol. */
@Command(
    name = "serve",
    description = {
      "Serve a model to programs that speak OpenAI's protocol.",
      "",
      "Prints the base address for clients and serves until Ctrl-C. Requests that arrive "
          + "together share the batch. Only programs on this machine are let in unless --host "
          + "says otherwise."
    })
public final class ServeCommand extends BoundCommand<ServeOptions> {
  private static final long LOOK_MS = 100;

  private final Console console;
  private final Interruption interruption;
  private final Map<String, String> environment;

  public ServeCommand(Console console, Interruption interruption, Map<String, String> environment) {
    super(ServeOptions.binder(), "model_name_or_path");
    this.console = console;
    this.interruption = interruption;
    this.environment = Map.copyOf(environment);
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("MODEL", "model_name_or_path"));
  }

  @Override
  protected ExitCode run(ServeOptions options) throws InterruptedException {
    EngineRoute.choose(options.device());
    Precision.of(options.precision());
    try (ModelServer server = ModelServer.start(options, environment)) {
      interruption.listen("letting running answers finish");
      console
          .err()
          .printf(
              "Serving %s; Ctrl-C ends. The base address for clients:%n",
              String.join(", ", server.modelNames()));
      console.out().println(server.address());
      console.out().flush();
      while (!interruption.requested()) {
        Thread.sleep(LOOK_MS);
      }
    }
    return ExitCode.DONE;
  }
}
