/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.BoundCommand;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Positional;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.config.Binder;
import dev.dpo4j.config.Option;
import dev.dpo4j.hub.repo.CachedRepo;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoFile;
import dev.dpo4j.hub.repo.RepoType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import tools.jackson.databind.json.JsonMapper;

/** Shows the cache, or the files of a repository. */
@Command(
    name = "ls",
    description = {
      "List what is in the cache, or with a NAME the files of that repository on the Hub.",
      "",
      "The cache is shared with Python: what it has downloaded is listed, too."
    })
public final class HubLsCommand extends BoundCommand<HubLsCommand.Options> {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Console console;

  /** What is listed. */
  record Options(
      @Option(help = "Repository, such as org/name; null lists the cache.") @Nullable String name,
      @Option(defaultValue = "model", help = "What the repository holds; with a NAME.")
          RepoType repoType,
      @Option(defaultValue = "false", help = "Prints one JSON array instead of a table.")
          boolean json) {}

  public HubLsCommand(Console console) {
    super(Binder.of(Options.class));
    this.console = console;
  }

  @Override
  protected List<Positional> positionals() {
    return List.of(new Positional("NAME", "name"));
  }

  @Override
  protected ExitCode run(Options options) {
    String wanted = options.name();
    console
        .out()
        .print(
            wanted == null
                ? cache(options.json())
                : files(HubName.parse(options.repoType(), wanted), options.json()));
    return ExitCode.DONE;
  }

  private String files(HubName of, boolean json) {
    List<RepoFile> files = names().client().files(of, names().progress());
    if (json) {
      List<Map<String, Object>> rows = new ArrayList<>();
      for (RepoFile file : files) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("path", file.path());
        row.put("size", file.size());
        row.put("sha256", file.sha256());
        rows.add(row);
      }
      return JSON.writeValueAsString(rows) + "\n";
    }
    Table table = Table.withHeader("file", "size");
    files.forEach(file -> table.row(file.path(), Units.bytes(file.size())));
    return table.render();
  }

  private String cache(boolean json) {
    List<CachedRepo> repos = names().client().cached();
    if (json) {
      return JSON.writeValueAsString(repos.stream().map(HubLsCommand::row).toList()) + "\n";
    }
    if (repos.isEmpty()) {
      return "nothing is in " + names().client().settings().cache() + "\n";
    }
    Table table = Table.withHeader("type", "name", "size", "revision", "files", "unfinished");
    for (CachedRepo repo : repos) {
      for (CachedRepo.Revision revision : repo.revisions()) {
        String refs = String.join(" ", revision.refs());
        String lacking =
            revision.missing() > 0 ? " of " + (revision.files() + revision.missing()) : "";
        table.row(
            repo.type(),
            repo.id(),
            Units.bytes(repo.bytes()),
            revision.commit().substring(0, 8) + (refs.isEmpty() ? "" : " " + refs),
            revision.files() + lacking,
            repo.incompleteBytes() == 0 ? "" : Units.bytes(repo.incompleteBytes()));
      }
    }
    return table.render();
  }

  private static Map<String, Object> row(CachedRepo repo) {
    List<Map<String, Object>> revisions = new ArrayList<>();
    for (CachedRepo.Revision revision : repo.revisions()) {
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("commit", revision.commit());
      facts.put("refs", revision.refs());
      facts.put("files", revision.files());
      facts.put("missing", revision.missing() < 0 ? null : revision.missing());
      facts.put("path", revision.path().toString());
      revisions.add(facts);
    }
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("type", repo.type());
    row.put("name", repo.id());
    row.put("bytes", repo.bytes());
    row.put("incomplete_bytes", repo.incompleteBytes());
    row.put("path", repo.path().toString());
    row.put("revisions", revisions);
    return row;
  }
}
