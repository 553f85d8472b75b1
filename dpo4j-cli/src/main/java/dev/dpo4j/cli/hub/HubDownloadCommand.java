/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.hub.repo.HubName;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Brings a repository into the cache. */
@Command(
    name = "download",
    description = {
      "Download a repository of the Hub into the cache and print its folder.",
      "",
      "What is there is not fetched again, and an interrupted download goes on where it was."
    })
public final class HubDownloadCommand extends BoundCommand<HubDownloadCommand.Options> {
  private final Console console;

  /** What is downloaded. */
  record Options(
      @Option(help = "Repository, such as Qwen/Qwen2.5-0.5B-Instruct or org/name@revision.")
          @Nullable String name,
      @Option(help = "Files") HubFileOptions files) {}

  public HubDownloadCommand(Console console) {
    super(Binder.of(Options.class), "name");
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("NAME", "name"));
  }

  @Override
  protected ExitCode run(Options options) {
    HubFileOptions files = options.files();
    HubName wanted = HubName.parse(files.repoType(), Objects.requireNonNull(options.name()));
    console.out().println(names().client().snapshot(wanted, files.filter(), names().progress()));
    return ExitCode.DONE;
  }
}
