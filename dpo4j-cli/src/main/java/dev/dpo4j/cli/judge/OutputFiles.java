/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.judge;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.Checksums;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    List<String> sums = sums();
    for (Map.Entry<String, Path> output : outputs.entrySet()) {
      Path file = output.getValue();
      if (Files.exists(file) && !sums.contains(sum(Checksums.of(file), file))) {
        faults.add(
            new Fault(
                output.getKey(),
                "",
                file
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
    List<String> sums = new ArrayList<>(sums());
    sums.removeIf(line -> line.endsWith(name(file)));
    sums.add(sum(Checksums.of(text), file));
    AtomicFile.writeString(sumsFile(), String.join("\n", sums) + "\n");
    AtomicFile.writeString(file, text);
  }

  /** A line as sha256sum writes it. */
  private static String sum(String sha256, Path file) {
    return sha256 + name(file);
  }

  private static String name(Path file) {
    return "  " + file.getFileName();
  }

  private List<String> sums() throws IOException {
    return Files.exists(sumsFile()) ? Files.readAllLines(sumsFile()) : List.of();
  }

  /** Stands beside the replies, of which the outputs are made. */
  private Path sumsFile() {
    Path log = Objects.requireNonNull(replies);
    return log.resolveSibling(log.getFileName() + ".sha256");
  }
}
