/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The files of rows below a folder, by names that this class has found itself.
 *
 * <p>What a run writes is no data, so run folders are left out.
 */
final class DataFolder {
  private static final Pattern DATA =
      Pattern.compile("(?i).*\\.(jsonl|json|csv|tsv|parquet)(\\.(gz|zst))?");

  private static final int DEPTH = 3;
  private static final int MOST_FILES = 500;

  private final RootFolder root;

  /**
   * Looks at a folder.
   *
   * @throws IOException if it is none
   */
  DataFolder(Path folder) throws IOException {
    this.root = RootFolder.of(folder);
  }

  Path root() {
    return root.path();
  }

  /** The files, by their names below the folder. */
  Map<String, Path> files() {
    Map<String, Path> files = new TreeMap<>();
    walk(root.path(), 0, files);
    return files;
  }

  /** The file of a name, if there is one. */
  Optional<Path> file(String name) {
    return Optional.ofNullable(files().get(name));
  }

  private void walk(Path folder, int depth, Map<String, Path> files) {
    if (Files.exists(folder.resolve("events.jsonl"))
        || Files.exists(folder.resolve("metrics.jsonl"))) {
      return;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      // A link is followed only where it stays below; loops end at the depth.
      for (Path entry : entries) {
        String name = String.valueOf(entry.getFileName());
        if (files.size() >= MOST_FILES || name.startsWith(".") || !root.holds(entry)) {
          continue;
        }
        if (Files.isDirectory(entry) && depth < DEPTH) {
          walk(entry, depth + 1, files);
        } else if (Files.isRegularFile(entry) && DATA.matcher(name).matches()) {
          files.put(root.name(entry), entry);
        }
      }
    } catch (IOException e) {
      return; // A folder that cannot be listed shows nothing.
    }
  }
}
