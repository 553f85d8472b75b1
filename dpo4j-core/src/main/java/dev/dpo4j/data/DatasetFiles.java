/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the files of each split of a data set.
 *
 * <p>A file is the split {@code train}. A folder is searched for JSON and JSONL files, in the order
 * of their paths; if names or folders say {@code train}, {@code validation} or {@code test} (or one
 * of the usual other words for them), they are the splits, else all files together are {@code
 * train}.
 */
final class DatasetFiles {
  private static final Set<String> ENDINGS = Set.of("json", "jsonl", "ndjson");
  private static final Set<String> METADATA = Set.of("dataset_infos.json", "dataset_info.json");
  private static final int MAX_DEPTH = 8;
  private static final int MAX_FILES = 100_000;

  /** The words for each split, in the order in which they are looked for. */
  private static final Map<String, Pattern> WORDS =
      Map.of(
          "train", words("train|training"),
          "validation", words("validation|valid|dev|val"),
          "test", words("test|testing|eval|evaluation"));

  private DatasetFiles() {}

  private static Pattern words(String words) {
    return Pattern.compile("(^|[-._ 0-9])(" + words + ")([-._ 0-9]|$)", Pattern.CASE_INSENSITIVE);
  }

  /** Returns the files of a split. */
  static List<Path> resolve(Path dataset, String split) {
    Map<String, List<Path>> splits = splits(dataset);
    List<Path> files = splits.get(split);
    if (files == null) {
      throw new DataException(
          "%s has no split \"%s\": found %s. A part of a split is written train[-50:]."
              .formatted(dataset, split, splits.keySet()));
    }
    return files;
  }

  static Map<String, List<Path>> splits(Path dataset) {
    if (Files.isRegularFile(dataset)) {
      return Map.of("train", List.of(dataset));
    }
    if (!Files.isDirectory(dataset)) {
      throw new DataException(
          "%s does not exist: expected a JSON or JSONL file, or a folder of them"
              .formatted(dataset));
    }
    List<Path> files = list(dataset);
    if (files.isEmpty()) {
      throw new DataException(
          "%s holds no .json, .jsonl or .ndjson file: expected a folder of them"
              .formatted(dataset));
    }
    Map<String, List<Path>> byWord = new TreeMap<>();
    List<Path> rest = new ArrayList<>();
    for (Path file : files) {
      String split = splitOf(dataset.relativize(file));
      (split.isEmpty() ? rest : byWord.computeIfAbsent(split, unused -> new ArrayList<>()))
          .add(file);
    }
    if (byWord.isEmpty()) {
      return Map.of("train", rest);
    }
    if (!rest.isEmpty()) {
      throw new DataException(
          "%s has files for the splits %s and others whose split is unknown, such as %s. Name their split in the file name, or move them away."
              .formatted(dataset, byWord.keySet(), rest.get(0)));
    }
    return byWord;
  }

  /** Folders come before the file name, as their word says more. */
  private static String splitOf(Path relative) {
    for (Path part : relative) {
      String name = part.toString();
      int dot = name.lastIndexOf('.');
      String stem = part.equals(relative.getFileName()) && dot > 0 ? name.substring(0, dot) : name;
      for (String split : List.of("train", "validation", "test")) {
        Pattern pattern = WORDS.get(split);
        if (pattern != null && pattern.matcher(stem).find()) {
          return split;
        }
      }
    }
    return "";
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> paths = Files.walk(folder, MAX_DEPTH)) {
      return paths
          .filter(path -> isData(folder.relativize(path)) && Files.isRegularFile(path))
          .limit(MAX_FILES)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new DataException("%s cannot be read: %s".formatted(folder, e), e);
    }
  }

  private static boolean isData(Path relative) {
    for (Path part : relative) {
      if (part.toString().startsWith(".")) {
        return false;
      }
    }
    String name = String.valueOf(relative.getFileName());
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return ENDINGS.contains(ending) && !METADATA.contains(name);
  }
}
