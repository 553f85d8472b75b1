/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.OwnFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Keeps a command from writing over its inputs, and over files that it did not write. */
final class OutputFiles {
  private final Map<String, Path> others = new LinkedHashMap<>();
  private final Map<String, Path> outputs = new LinkedHashMap<>();
  private @Nullable Path replies;

  /** Adds a file that is read; null is none. */
  OutputFiles input(String key, @Nullable Path file) {
    if (file != null) {
      others.put(key, file);
    }
    return this;
  }

  /** Adds the file of replies. */
  OutputFiles replies(Path file) {
    replies = file;
    return input("replies", file);
  }

  /** Adds a file that is written; null is none. */
  OutputFiles output(String key, @Nullable Path file) {
    if (file != null) {
      outputs.put(key, file);
    }
    return this;
  }

  /**
   * Refuses outputs that are inputs, or each other.
   *
   * @throws ConfigException with all keys at fault
   */
  OutputFiles check() {
    List<Fault> faults = new ArrayList<>();
    Map<String, Path> seen = new LinkedHashMap<>(others);
    outputs.forEach(
        (key, file) -> {
          seen.forEach(
              (other, path) -> {
                if (same(file, path)) {
                  faults.add(
                      new Fault(
                          key, "", file + " is the file of " + other + ": name another file"));
                }
              });
          if (Files.isDirectory(file)) {
            faults.add(new Fault(key, "", file + " is a folder: name a file"));
          }
          seen.put(key, file);
        });
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
    return this;
  }

  private static boolean same(Path one, Path other) {
    try {
      return (Files.exists(one) && Files.exists(other))
          ? Files.isSameFile(one, other)
          : one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Refuses outputs that are there and that no command with these replies wrote.
   *
   * @throws ConfigException with all keys at fault
   */
  void requireOwn() throws IOException {
    List<Fault> faults = new ArrayList<>();
    for (Map.Entry<String, Path> output : outputs.entrySet()) {
      if (!own().mayReplace(output.getValue())) {
        faults.add(
            new Fault(
                output.getKey(),
                "",
                output.getValue()
                    + " exists, and this command did not write it as it is now: move it away, or"
                    + " name another file"));
      }
    }
    if (!faults.isEmpty()) {
      throw new ConfigException(faults);
    }
  }

  /** Writes a file whole, and notes first that it is ours. */
  void write(Path file, String text) throws IOException {
    own().write(file, text);
  }

  /**
   * The list stands beside the replies, of which the outputs are made, or beside the first output.
   */
  private OwnFiles own() {
    Path kept = replies;
    Path log = kept == null ? outputs.values().iterator().next() : kept;
    return new OwnFiles(log.resolveSibling(log.getFileName() + ".sha256"));
  }
}
