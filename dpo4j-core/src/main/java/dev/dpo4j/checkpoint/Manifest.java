/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.checkpoint;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.Checksums;
import dev.dpo4j.io.SmallFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The list of a folder's files with their sizes and checksums, {@code manifest.json}.
 *
 * <p>It is written last; a folder without it was not finished.
 */
public final class Manifest {
  /** The name of the file. */
  public static final String FILE_NAME = "manifest.json";

  private static final int VERSION = 1;
  private static final JsonMapper JSON = JsonMapper.shared();

  private Manifest() {}

  /**
   * Lists all files in a folder and below.
   *
   * @throws IOException when a file cannot be read or the list cannot be written
   */
  public static void write(Path folder) throws IOException {
    ObjectNode root = JSON.createObjectNode();
    root.put("format", "dpo4j-checkpoint").put("version", VERSION);
    ObjectNode files = root.putObject("files");
    for (Map.Entry<String, Path> file : files(folder).entrySet()) {
      files
          .putObject(file.getKey())
          .put("size", Files.size(file.getValue()))
          .put("sha256", Checksums.of(file.getValue()));
    }
    AtomicFile.writeString(folder.resolve(FILE_NAME), root.toPrettyString() + "\n");
  }

  private static Map<String, Path> files(Path folder) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      all.filter(Files::isRegularFile)
          .forEach(file -> files.put(folder.relativize(file).toString().replace('\\', '/'), file));
    }
    files.remove(FILE_NAME);
    return files;
  }

  /** What speaks against a folder: files that are missing, or not those that were listed. */
  public static List<String> faults(Path folder) {
    Path list = folder.resolve(FILE_NAME);
    if (!Files.isRegularFile(list)) {
      return List.of(FILE_NAME + " is missing: writing was not finished");
    }
    List<String> faults = new ArrayList<>();
    try {
      JsonNode root = JSON.readTree(SmallFile.readString(list));
      if (root.path("version").asInt(0) != VERSION || !root.path("files").isObject()) {
        return List.of(FILE_NAME + " has another version than " + VERSION);
      }
      for (Map.Entry<String, JsonNode> entry : root.path("files").properties()) {
        check(folder, entry.getKey(), entry.getValue(), faults);
      }
    } catch (JacksonException | IOException e) {
      return List.of(FILE_NAME + " cannot be read: " + e.getMessage());
    }
    return faults;
  }

  private static void check(Path folder, String name, JsonNode entry, List<String> faults) {
    try {
      Path file = folder.resolve(name).normalize();
      if (!file.startsWith(folder.normalize()) || name.isEmpty()) {
        faults.add(FILE_NAME + " names " + name + ", which is outside the folder");
      } else if (!Files.isRegularFile(file)) {
        faults.add(name + " is missing");
      } else if (Files.size(file) != entry.path("size").asLong(-1)) {
        faults.add(
            "%s has %d bytes, expected %s".formatted(name, Files.size(file), entry.path("size")));
      } else if (!Checksums.of(file).equals(entry.path("sha256").asString(""))) {
        faults.add(name + " has another checksum than when it was written");
      }
    } catch (IOException | InvalidPathException e) {
      faults.add(name + " cannot be read: " + e.getMessage());
    }
  }
}
