/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.hub;

import dev.dpo4j.hub.repo.FileFilter;
import dev.dpo4j.hub.repo.HubException;
import dev.dpo4j.hub.repo.HubException.Reason;
import dev.dpo4j.hub.repo.HubListener;
import dev.dpo4j.hub.repo.HubName;
import dev.dpo4j.hub.repo.RepoFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The files of a data set's split, brought here.
 *
 * <p>The Hub keeps a copy of every public data set as Parquet, one folder for each configuration
 * and split, at the revision {@value #PARQUET}. It is taken for a name without a revision, where
 * there is one; else the data files of the repository itself.
 *
 * @param path the folder with the files
 * @param exact whether it holds the files of the split and nothing else
 */
public record DatasetFolder(Path path, boolean exact) {
  /** Where the Hub keeps data sets as Parquet. */
  static final String PARQUET = "refs/convert/parquet";

  private static final Pattern SPLIT_FILE =
      Pattern.compile("([^/]+)/(?:partial-)?([^/]+)/[^/]+\\.parquet");
  private static final FileFilter DATA =
      new FileFilter(
          List.of(
              "*.json",
              "*.jsonl",
              "*.ndjson",
              "*.json.gz",
              "*.jsonl.gz",
              "*.ndjson.gz",
              "*.json.zst",
              "*.jsonl.zst",
              "*.csv",
              "*.parquet",
              "*.arrow"),
          List.of(".*"));

  /**
   * Finds and downloads a split.
   *
   * @param client the Hub
   * @param name the data set
   * @param copy whether the copy as Parquet is taken where there is one; not for a name with a
   *     revision, which the copy does not have
   * @param config its configuration (subset), null for the only one or the one named {@code
   *     default}
   * @param split the split, such as {@code train}
   * @throws HubException if there is no such data set, configuration or split
   */
  public static DatasetFolder download(
      HubClient client,
      HubName name,
      boolean copy,
      @Nullable String config,
      String split,
      HubListener listener) {
    if (copy) {
      HubName parquet = name.at(PARQUET);
      List<RepoFile> files = converted(client, parquet, listener);
      if (files != null) {
        return ofSplit(client, parquet, files, config, split, listener);
      }
    }
    if (config != null) {
      throw new HubException(
          Reason.NOT_FOUND,
          "%s has no copy as Parquet on the Hub, so that its configuration %s cannot be told from others: remove dataset_config and name the files' folder"
              .formatted(name, config));
    }
    return new DatasetFolder(client.snapshot(name, DATA, listener), false);
  }

  /** Returns the files of the copy as Parquet, null if there is none. */
  private static @Nullable List<RepoFile> converted(
      HubClient client, HubName parquet, HubListener listener) {
    try {
      List<RepoFile> files = client.files(parquet, listener);
      return files.stream().anyMatch(file -> SPLIT_FILE.matcher(file.path()).matches())
          ? files
          : null;
    } catch (HubException e) {
      // A repository that is missing or hidden is found out again with its own message.
      if (e.reason() == Reason.NOT_FOUND || e.reason() == Reason.OFFLINE) {
        return null;
      }
      throw e;
    }
  }

  private static DatasetFolder ofSplit(
      HubClient client,
      HubName parquet,
      List<RepoFile> files,
      @Nullable String config,
      String split,
      HubListener listener) {
    Map<String, Map<String, List<String>>> configs = new TreeMap<>();
    for (RepoFile file : files) {
      Matcher of = SPLIT_FILE.matcher(file.path());
      if (of.matches()) {
        configs
            .computeIfAbsent(of.group(1), unused -> new TreeMap<>())
            .computeIfAbsent(of.group(2), unused -> new ArrayList<>())
            .add(file.path());
      }
    }
    String chosen = config(parquet, configs, config);
    Map<String, List<String>> splits = configs.getOrDefault(chosen, Map.of());
    List<String> wanted = splits.get(split);
    if (wanted == null) {
      throw new HubException(
          Reason.NOT_FOUND,
          "%s (configuration %s) has no split \"%s\": it has %s"
              .formatted(parquet.id(), chosen, split, new TreeSet<>(splits.keySet())));
    }
    String first = wanted.get(0);
    if (first.contains("/partial-")) {
      listener.notice(
          parquet.id()
              + ": the Hub has converted only the first part of it; for all of it name a revision, such as "
              + parquet.id()
              + "@main");
    }
    String folder = first.substring(0, first.lastIndexOf('/') + 1);
    Path snapshot =
        client.snapshot(parquet, new FileFilter(List.of(literal(folder)), List.of()), listener);
    return new DatasetFolder(snapshot.resolve(folder), true);
  }

  /** A folder as a pattern that means itself. */
  private static String literal(String folder) {
    return folder.replaceAll("([\\[*?])", "[$1]");
  }

  private static String config(
      HubName name, Map<String, Map<String, List<String>>> configs, @Nullable String asked) {
    if (asked != null && configs.containsKey(asked)) {
      return asked;
    }
    if (asked == null && configs.size() == 1) {
      return configs.keySet().iterator().next();
    }
    if (asked == null && configs.containsKey("default")) {
      return "default";
    }
    throw new HubException(
        Reason.NOT_FOUND,
        asked == null
            ? "%s has several configurations: set dataset_config to one of %s"
                .formatted(name.id(), configs.keySet())
            : "%s has no configuration %s: it has %s"
                .formatted(name.id(), asked, configs.keySet()));
  }
}
