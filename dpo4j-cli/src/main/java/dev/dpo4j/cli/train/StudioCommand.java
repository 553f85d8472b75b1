/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.train;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.studio.watch.RunStudio;
import dev.dpo4j.studio.watch.StudioOptions;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/** Serves the pages on which runs are watched. */
@Command(
    name = "studio",
    description = {
      "Watch the runs of a folder in the browser while they train.",
      "",
      "Prints an address on this machine that lets a browser in, and serves until "
          + "Ctrl-C. Runs do not notice when it ends. DPO4J_STUDIO_TOKEN sets the token, so that "
          + "the address stays the same and Prometheus can read /metrics."
    })
public final class StudioCommand extends BoundCommand<StudioOptions> {
  private static final String TOKEN = "DPO4J_STUDIO_TOKEN";

  private final Console console;
  private final Map<String, String> environment;

  public StudioCommand(Console console, Map<String, String> environment) {
    super(StudioOptions.binder(), "runs");
    this.console = console;
    this.environment = environment;
  }

  @Override
  protected String positionalKey() {
    return "runs";
  }

  @Override
  protected ExitCode run(StudioOptions options) {
    try (RunStudio studio = RunStudio.start(options, environment.get(TOKEN))) {
      console
          .err()
          .printf(
              "%d runs in %s. Open the address below; Ctrl-C ends the studio, not the runs.%n",
              studio.runs(), options.runs());
      console.out().println(studio.address());
      console.out().flush();
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ExitCode.DONE;
  }
}
