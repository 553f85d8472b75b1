/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Uploads a folder. */
@Command(
    name = "push",
    description = {
      "Upload a folder to the Hub in one commit and print its address.",
      "",
      "The repository is made if it is not there. The token comes from HF_TOKEN or the "
          + "file of dpo4j hub login. Without --include and --exclude, a run's checkpoints "
          + "and the files that name places on this machine (config.yaml, run.json) stay "
          + "here."
    })
public final class HubPushCommand extends BoundCommand<HubPushCommand.Options> {
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

  /** What is uploaded, and where to. */
  record Options(
      @Option(help = "Folder to upload.") @Nullable Path folder,
      @Option(help = "Repository, such as org/name, or name in the account of the token.")
          @Nullable String name,
      @Option(help = "Files") HubFileOptions files,
      @Option(
              defaultValue = "false",
              aliases = "private",
              help = "Makes a new repository private, and refuses a public one.")
          boolean privateRepo,
      @Option(defaultValue = HubName.MAIN, help = "Branch to commit to.") String revision,
      @Option(defaultValue = "Upload with dpo4j", help = "First line of the commit.")
          String commitMessage) {}

  public HubPushCommand(Console console) {
    super(Binder.of(Options.class), "folder", "name");
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("FOLDER", "folder"), new Positional("NAME", "name"));
  }

  @Override
  protected ExitCode run(Options options) {
    Path folder = Objects.requireNonNull(options.folder());
    if (!Files.isDirectory(folder)) {
      throw new ConfigException(new Fault("", "", folder + " is not a folder"));
    }
    HubFileOptions files = options.files();
    console
        .out()
        .println(
            names()
                .client()
                .upload(
                    files.repoType(),
                    Objects.requireNonNull(options.name()),
                    options.privateRepo(),
                    names().progress())
                .push(
                    folder,
                    files.choosesFiles() ? files.filter() : OF_A_RUN,
                    options.revision(),
                    options.commitMessage()));
    return ExitCode.DONE;
  }
}
