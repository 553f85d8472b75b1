/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows the folders that {@code save_to_disk} of Python's datasets writes: {@code state.json} lists
 * the files of a split in order, and {@code dataset_dict.json} the splits, each in a folder of its
 * name. Other files there, such as those of its cache, are no rows.
 */
final class ArrowFolders {
  private static final String STATE = "state.json";
  private static final String SPLITS = "dataset_dict.json";
  private static final int LARGEST = 16 << 20;

  private ArrowFolders() {}

  /**
   * Returns the files of each split, or null for a folder of another kind.
   *
   * @throws DataException if a file that is listed is missing
   */
  static @Nullable Map<String, List<Path>> splits(Path dataset) {
    if (isSplit(dataset)) {
      return Map.of("train", files(dataset));
    }
    if (!Files.isRegularFile(dataset.resolve(SPLITS))) {
      return null;
    }
    Map<String, List<Path>> splits = new LinkedHashMap<>();
    for (Object name : list(dataset.resolve(SPLITS), "splits")) {
      splits.put(String.valueOf(name), files(child(dataset, SPLITS, String.valueOf(name))));
    }
    return splits;
  }

  /** Returns whether a file describes a split, and holds no rows. */
  static boolean isState(Path file) {
    return file.endsWith(STATE) && Files.exists(file.resolveSibling("dataset_info.json"));
  }

  private static boolean isSplit(Path folder) {
    Path state = folder.resolve(STATE);
    return Files.isRegularFile(state) && read(state).get("_data_files") instanceof List;
  }

  private static List<Path> files(Path folder) {
    Path state = folder.resolve(STATE);
    List<Path> files = new ArrayList<>();
    for (Object entry : list(state, "_data_files")) {
      Object name = entry instanceof Map<?, ?> file ? file.get("filename") : entry;
      files.add(child(folder, STATE, String.valueOf(name)));
    }
    return List.copyOf(files);
  }

  /** A name with a path in it would lead out of the folder. */
  private static Path child(Path folder, String list, String name) {
    Path child = folder.resolve(name.replace('\\', '/'));
    if (name.isEmpty() || !folder.equals(child.getParent()) || !Files.exists(child)) {
      throw new DataException(
          "%s names \"%s\", which is not in that folder: is it whole? save_to_disk of Python's datasets writes it again"
              .formatted(folder.resolve(list), name));
    }
    return child;
  }

  private static List<?> list(Path file, String key) {
    if (Files.isRegularFile(file) && read(file).get(key) instanceof List<?> list) {
      return list;
    }
    throw new DataException(
        "%s is missing or has no list \"%s\": expected what save_to_disk of Python's datasets writes"
            .formatted(file, key));
  }

  private static Map<?, ?> read(Path file) {
    try {
      Object value = JsonRows.parse(SmallFile.readString(file, LARGEST));
      return value instanceof Map<?, ?> map ? map : Map.of();
    } catch (RowFault e) {
      throw new DataException("%s: %s".formatted(file, e.text()), e);
    } catch (IOException e) {
      throw new DataException("%s cannot be read: %s".formatted(file, e), e);
    }
  }
}
