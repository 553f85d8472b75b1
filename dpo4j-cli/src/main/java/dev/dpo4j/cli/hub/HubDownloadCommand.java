/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.HubNames;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoType;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Brings a repository into the cache. */
@Command(
    name = "download",
    mixinStandardHelpOptions = true,
    description = {
      "Download a repository of the Hub into the cache and print its folder.",
      "",
      "What is there is not fetched again, and an interrupted download goes on where it was."
    })
public final class HubDownloadCommand implements Callable<Integer> {
  private final Console console;
  private final HubNames names;

  @Parameters(
      paramLabel = "NAME",
      description = "Repository, such as Qwen/Qwen2.5-0.5B-Instruct or org/name@revision.")
  private String name = "";

  @Option(
      names = "--repo_type",
      paramLabel = "TYPE",
      defaultValue = "model",
      description = "model (default) or dataset.")
  private RepoType type = RepoType.MODEL;

  @Option(
      names = "--include",
      paramLabel = "GLOB",
      arity = "1..*",
      description = "Only files that match; * matches slashes, too.")
  private List<String> include = List.of();

  @Option(
      names = "--exclude",
      paramLabel = "GLOB",
      arity = "1..*",
      description = "No files that match.")
  private List<String> exclude = List.of();

  public HubDownloadCommand(Console console, HubNames names) {
    this.console = console;
    this.names = names;
  }

  @Override
  public Integer call() {
    HubName wanted = HubName.parse(type, name);
    FileFilter filter = new FileFilter(include, exclude);
    console.out().println(names.client().snapshot(wanted, filter, names.progress()));
    return ExitCode.DONE.code();
  }
}
