/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.label;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.studio.label.LabelOptions;
import dev.dpo4j.studio.label.LabelServer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;

/** Serves the page on which people compare two answers. */
@Command(
    name = "label",
    description = {
      "Let people compare two answers in the browser.",
      "",
      "Prints an address on this machine that lets a browser in, and serves until "
          + "Ctrl-C. Every decision is on the disk before the page shows it as saved; the "
          + "same command goes on."
    })
public final class LabelCommand extends BoundCommand<LabelOptions> {
  private final Console console;

  public LabelCommand(Console console) {
    super(LabelOptions.binder(), "dataset_name", "output");
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("FILE", "dataset_name"));
  }

  @Override
  protected ExitCode run(LabelOptions options) throws IOException {
    try (LabelServer server = LabelServer.start(options)) {
      console
          .err()
          .printf(
              "%d rows, %d finished; decisions go to %s. Open the address below; Ctrl-C ends.%n",
              server.rows(), server.finishedRows(), options.output());
      console.out().println(server.address());
      console.out().flush();
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ExitCode.DONE;
  }
}
