/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Predicate;

/** Says whether a command may replace a file that is there already. */
public final class Replaceable {
  private static final int HEAD = 1 << 16;

  private Replaceable() {}

  /**
   * Refuses to replace a file that something else wrote, or that is read.
   *
   * @param file the file to be written; one that is missing or empty is free
   * @param ours whether the beginning of a text is that of a file of this command
   * @param inputs files and folders that the command reads
   * @throws ForeignFileException if the file must stay as it is; nothing was changed
   */
  public static void require(Path file, Predicate<String> ours, Collection<Path> inputs)
      throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    for (Path input : inputs) {
      if (Files.exists(input) && Files.isSameFile(file, input)) {
        throw new ForeignFileException(
            file + " is read by this command and would be replaced: name another file");
      }
    }
    if (!Files.isRegularFile(file)) {
      throw new ForeignFileException(
          file + " is a folder or a device, expected a file; choose another name");
    }
    String head;
    try (InputStream in = Files.newInputStream(file)) {
      head = new String(in.readNBytes(HEAD), StandardCharsets.UTF_8);
    }
    if (!head.isEmpty() && !ours.test(head)) {
      throw new ForeignFileException(
          file
              + " exists and was not written by this command; it was not changed. Move it away, or"
              + " name another file.");
    }
  }
}
