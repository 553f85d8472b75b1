/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.hub;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.HubNames;
import dev.dpo4j.cli.terminal.Console;
import dev.dpo4j.cli.terminal.Table;
import dev.dpo4j.cli.terminal.Units;
import dev.dpo4j.hub.repo.CachedRepo;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoFile;
import dev.dpo4j.hub.repo.RepoType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/** Shows the cache, or the files of a repository. */
@Command(
    name = "ls",
    mixinStandardHelpOptions = true,
    description = {
      "List what is in the cache, or with a NAME the files of that repository on the Hub.",
      "",
      "The cache is shared with Python: what it has downloaded is listed, too."
    })
public final class HubLsCommand implements Callable<Integer> {
  private static final JsonMapper JSON = new JsonMapper();

  private final Console console;
  private final HubNames names;

  @Parameters(paramLabel = "NAME", arity = "0..1", description = "Repository, such as org/name.")
  private @Nullable String name;

  @Option(
      names = "--repo_type",
      paramLabel = "TYPE",
      defaultValue = "model",
      description = "model (default) or dataset; with a NAME.")
  private RepoType type = RepoType.MODEL;

  @Option(names = "--json", description = "Print one JSON array instead of a table.")
  private boolean json;

  public HubLsCommand(Console console, HubNames names) {
    this.console = console;
    this.names = names;
  }

  @Override
  public Integer call() {
    String wanted = name;
    console.out().print(wanted == null ? cache() : files(HubName.parse(type, wanted)));
    return ExitCode.DONE.code();
  }

  private String files(HubName of) {
    List<RepoFile> files = names.client().files(of, names.progress());
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

  private String cache() {
    List<CachedRepo> repos = names.client().cached();
    if (json) {
      return JSON.writeValueAsString(repos.stream().map(HubLsCommand::row).toList()) + "\n";
    }
    if (repos.isEmpty()) {
      return "nothing is in " + names.client().settings().cache() + "\n";
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
