/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.file.FileFormat;
import dev.dpo4j.data.row.DataException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the files of each split of a data set.
 *
 * <p>A file is the split {@code train}, and so are the files that a glob such as {@code
 * data/part-*.jsonl} matches. A folder is searched for files of rows, in the order of their paths;
 * if names or folders say {@code train}, {@code validation} or {@code test} (or one of the usual
 * other words for them), they are the splits, else all files together are {@code train}.
 */
final class DatasetFiles {
  /** Names of files that describe data, and those that Python's datasets computes beside them. */
  private static final Pattern METADATA =
      Pattern.compile("dataset_infos?\\.json|dataset_dict\\.json|cache-[^.]*\\.arrow");

  private static final Pattern GLOB = Pattern.compile("[*?\\[{]");
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

  /** Returns whether a name stands for the files that it matches: no file is called so. */
  static boolean isGlob(String dataset) {
    return GLOB.matcher(dataset).find() && !exists(dataset);
  }

  private static boolean exists(String dataset) {
    try {
      return Files.exists(Path.of(dataset));
    } catch (InvalidPathException e) {
      // Some systems allow no asterisk in a path.
      return false;
    }
  }

  /** Returns the files of a split. */
  static List<Path> resolve(String dataset, String split) {
    Map<String, List<Path>> splits =
        isGlob(dataset) ? Map.of("train", matching(dataset)) : splits(Path.of(dataset));
    List<Path> files = splits.get(split);
    if (files == null) {
      throw new DataException(
          "%s has no split \"%s\": found %s. A part of a split is written train[-50:]."
              .formatted(dataset, split, splits.keySet()));
    }
    return files;
  }

  private static List<Path> matching(String glob) {
    String pattern = glob.replace(File.separatorChar, '/');
    Matcher first = GLOB.matcher(pattern);
    int slash = first.find() ? pattern.lastIndexOf('/', first.start()) : -1;
    Path folder = Path.of(slash < 0 ? "" : pattern.substring(0, Math.max(slash, 1)));
    PathMatcher matcher =
        folder.getFileSystem().getPathMatcher("glob:" + pattern.substring(slash + 1));
    List<Path> files =
        Files.isDirectory(folder)
            ? list(folder, path -> matcher.matches(folder.relativize(path)))
            : List.of();
    if (files.isEmpty()) {
      throw new DataException(
          "no file matches %s: * stands for part of a name, ** for folders, {a,b} for either"
              .formatted(glob));
    }
    return files;
  }

  static Map<String, List<Path>> splits(Path dataset) {
    Map<String, List<Path>> saved = ArrowFolders.splits(dataset);
    if (saved != null) {
      return saved;
    }
    if (Files.isRegularFile(dataset)) {
      return Map.of("train", List.of(dataset));
    }
    if (Files.exists(dataset) && !Files.isDirectory(dataset)) {
      throw new DataException(
          "%s is a device or a pipe, which can be read once at most: write the rows into a file first"
              .formatted(dataset));
    }
    if (!Files.isDirectory(dataset)) {
      throw new DataException(
          "%s does not exist: expected a file of JSON, JSONL, CSV, Parquet or Arrow, a folder of them, or a glob"
              .formatted(dataset));
    }
    List<Path> files =
        list(dataset, path -> isData(dataset.relativize(path)) && !ArrowFolders.isState(path));
    if (files.isEmpty()) {
      throw new DataException(
          "%s holds no .json, .jsonl, .ndjson, .csv, .parquet or .arrow file (or one of them packed as .gz or .zst): expected a folder of them"
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

  private static List<Path> list(Path folder, Predicate<Path> wanted) {
    try (Stream<Path> paths = Files.walk(folder, MAX_DEPTH)) {
      return paths
          .filter(path -> wanted.test(path) && Files.isRegularFile(path))
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
    return FileFormat.isData(relative)
        && !METADATA.matcher(String.valueOf(relative.getFileName())).matches();
  }
}
