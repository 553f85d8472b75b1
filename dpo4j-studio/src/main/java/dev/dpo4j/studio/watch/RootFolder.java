/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/**
 * A folder below which files are shown, and nothing that lies outside of it.
 *
 * @param path the folder, without symbolic links
 */
record RootFolder(Path path) {
  /**
   * Takes a folder as it was named.
   *
   * @throws IOException if it is none
   */
  static RootFolder of(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new NotDirectoryException(folder.toString());
    }
    return new RootFolder(folder.toRealPath());
  }

  /** Whether a file lies below, behind its symbolic links too. */
  boolean holds(Path entry) {
    try {
      return entry.toRealPath().startsWith(path);
    } catch (IOException e) {
      return false;
    }
  }

  /** The name of a file below, with slashes; empty for the folder itself. */
  String name(Path entry) {
    return path.relativize(entry).toString().replace('\\', '/');
  }
}
