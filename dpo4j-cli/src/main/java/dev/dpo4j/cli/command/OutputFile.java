/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.command;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.OwnFiles;
import dev.dpo4j.io.Replaceable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * A file that a command writes at its end: whether it may be written is found out before the work.
 */
public final class OutputFile {
  private OutputFile() {}

  /**
   * Refuses a file that was written by something else, that is read, or whose folder is not there.
   *
   * @param key the option that names the file
   * @param ours whether the beginning of a text is that of a file of this command
   * @param inputs files and folders that the command reads
   * @throws ConfigException if it cannot be the output; nothing was changed
   */
  public static void require(String key, Path file, Predicate<String> ours, Collection<Path> inputs)
      throws IOException {
    requireFolder(key, file);
    try {
      Replaceable.require(file, ours, inputs);
    } catch (ForeignFileException e) {
      throw new ConfigException(new Fault(key, "", String.valueOf(e.getMessage())));
    }
  }

  /**
   * Does the same for a file that does not tell by its beginning who wrote it: it is known by the
   * checksum in a hidden list beside it.
   *
   * @param key the option that names the file
   * @param inputs files and folders that the command reads
   * @return writes the file
   * @throws ConfigException if it cannot be the output; nothing was changed
   */
  public static OwnFiles requireOwn(String key, Path file, Path... inputs) throws IOException {
    require(key, file, head -> true, List.of(inputs));
    OwnFiles own = OwnFiles.beside(file);
    try {
      own.require(file);
    } catch (ForeignFileException e) {
      throw new ConfigException(new Fault(key, "", String.valueOf(e.getMessage())));
    }
    return own;
  }

  private static void requireFolder(String key, Path file) {
    Path folder = file.toAbsolutePath().normalize().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new ConfigException(
          new Fault(key, "", "%s is in no folder that exists: make it first".formatted(file)));
    }
  }
}
