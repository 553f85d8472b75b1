/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Files that a command writes whole, and replaces only as it left them itself.
 *
 * <p>Their checksums stand in a list of the form that {@code sha256sum} writes, so a file that
 * somebody else wrote, or changed since, is known and stays. Files that say by their content who
 * wrote them need no list: see {@link Replaceable}.
 */
public final class OwnFiles {
  private static final int MOST_BYTES = 1 << 20;
  private static final Pattern LINE = Pattern.compile("[0-9a-f]{64} [ *].+");

  private final Path list;

  /**
   * Knows the files in a list.
   *
   * @param list made with the first file that is written
   */
  public OwnFiles(Path list) {
    this.list = list;
  }

  /** Knows a file by a hidden list beside it. */
  public static OwnFiles beside(Path file) {
    return new OwnFiles(file.toAbsolutePath().resolveSibling("." + file.getFileName() + ".sha256"));
  }

  /**
   * Returns whether a file is missing, or is as one of these commands wrote it.
   *
   * @throws ForeignFileException if what stands in the place of the list is something else
   */
  public boolean mayReplace(Path file) throws IOException {
    if (!Files.exists(file)) {
      return true;
    }
    return Files.isRegularFile(file) && lines().contains(line(Checksums.of(file), file));
  }

  /**
   * Refuses to replace a file that was not written by one of these commands, or was changed since.
   *
   * @throws ForeignFileException if it must stay as it is; nothing was changed
   */
  public void require(Path file) throws IOException {
    if (!mayReplace(file)) {
      throw new ForeignFileException(
          file
              + " exists, and this command did not write it as it is now, so it was not changed. Move"
              + " it away, or name another file.");
    }
  }

  /** Writes a file of text whole, and notes first that it is ours. */
  public void write(Path file, String text) throws IOException {
    write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a file whole, and notes first that it is ours.
   *
   * @throws InUseException if another process writes it at this moment
   */
  public void write(Path file, byte[] content) throws IOException {
    try (OwnerLock lock = OwnerLock.ofFile(file)) {
      note(file, Checksums.of(content));
      AtomicFile.write(file, content);
    }
  }

  /** Notes that a file is ours that was written whole by other means just now. */
  public void note(Path file) throws IOException {
    note(file, Checksums.of(file));
  }

  private void note(Path file, String sha256) throws IOException {
    List<String> lines = new ArrayList<>(lines());
    lines.removeIf(line -> line.endsWith(name(file)));
    lines.add(line(sha256, file));
    AtomicFile.writeString(list, String.join("\n", lines) + "\n");
  }

  private static String line(String sha256, Path file) {
    return sha256 + name(file);
  }

  private static String name(Path file) {
    return "  " + file.getFileName();
  }

  private List<String> lines() throws IOException {
    if (!Files.exists(list)) {
      return List.of();
    }
    byte[] bytes = new byte[0];
    if (Files.isRegularFile(list)) {
      try (InputStream in = Files.newInputStream(list)) {
        bytes = in.readNBytes(MOST_BYTES);
      }
    }
    List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
    if (lines.isEmpty() || !lines.stream().allMatch(line -> LINE.matcher(line).matches())) {
      throw new ForeignFileException(
          list + " holds no list of checksums and was not changed; move it away");
    }
    return lines;
  }
}
