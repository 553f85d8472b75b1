/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.HubNames;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Uploads a folder. */
@Command(
    name = "push",
    mixinStandardHelpOptions = true,
    description = {
      "Upload a folder to the Hub in one commit and print its address.",
      "",
      "The repository is made if it is not there. The token comes from HF_TOKEN or the "
          + "file of dpo4j hub login. Without --include and --exclude, a run's checkpoints "
          + "and the files that name places on this machine (config.yaml, run.json) stay "
          + "here."
    })
public final class HubPushCommand implements Callable<Integer> {
  /** What a run keeps for itself: checkpoints, the phase of SFT, and files with paths. */
  public static final FileFilter OF_A_RUN =
      new FileFilter(
          List.of(),
          List.of(
              "checkpoint-*/*",
              "sft/*",
              "config.yaml",
              "run.json",
              "trainer_state.json",
              "events.jsonl",
              "completions.jsonl",
              "report.html"));

  private final Console console;
  private final HubNames names;

  @Parameters(paramLabel = "FOLDER", index = "0", description = "What to upload.")
  private Path folder = Path.of("");

  @Parameters(
      paramLabel = "NAME",
      index = "1",
      description = "Repository, such as org/name, or name in the account of the token.")
  private String name = "";

  @Option(
      names = "--repo_type",
      paramLabel = "TYPE",
      defaultValue = "model",
      description = "model (default) or dataset.")
  private RepoType type = RepoType.MODEL;

  @Option(
      names = "--private",
      description = "Make a new repository private, and refuse a public one.")
  private boolean hidden;

  @Option(
      names = "--revision",
      paramLabel = "BRANCH",
      defaultValue = HubName.MAIN,
      description = "Branch to commit to (default: main).")
  private String revision = HubName.MAIN;

  @Option(
      names = "--commit_message",
      paramLabel = "TEXT",
      defaultValue = "Upload with dpo4j",
      description = "First line of the commit.")
  private String message = "";

  @Option(names = "--include", paramLabel = "GLOB", arity = "1..*", description = "Only these.")
  private List<String> include = List.of();

  @Option(names = "--exclude", paramLabel = "GLOB", arity = "1..*", description = "Not these.")
  private List<String> exclude = List.of();

  public HubPushCommand(Console console, HubNames names) {
    this.console = console;
    this.names = names;
  }

  @Override
  public Integer call() {
    if (!Files.isDirectory(folder)) {
      throw new ConfigException(new Fault("", "", folder + " is not a folder"));
    }
    boolean chosen = !include.isEmpty() || !exclude.isEmpty();
    FileFilter filter = chosen ? new FileFilter(include, exclude) : OF_A_RUN;
    HubListener progress = names.progress();
    console
        .out()
        .println(
            names
                .client()
                .upload(type, name, hidden, progress)
                .push(folder, filter, revision, message));
    return ExitCode.DONE.code();
  }
}
