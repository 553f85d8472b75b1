/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** Puts files in their places whole: written or moved aside, forced to the disk, renamed. */
public final class AtomicText {
  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

  private AtomicText() {}

  /** Writes a small file; another process sees the old one or the new one. */
  public static void write(Path target, String text) throws IOException {
    Path folder = folder(target);
    Files.createDirectories(folder);
    Path aside = Files.createTempFile(folder, target.getFileName() + ".", ".tmp");
    try {
      try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.WRITE)) {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      readableAsUsual(aside);
      publish(aside, target);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  /** The JDK makes temporary files for their owner alone; a cache may be shared. */
  private static void readableAsUsual(Path file) throws IOException {
    if (!WINDOWS) {
      Path probe = file.resolveSibling(file.getFileName() + ".mode");
      Files.createFile(probe);
      try {
        Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(probe));
      } catch (UnsupportedOperationException e) {
        // A file system without such permissions.
      } finally {
        Files.delete(probe);
      }
    }
  }

  /** Forces a finished file to the disk and gives it its name. */
  public static void publish(Path finished, Path target) throws IOException {
    try (FileChannel channel = FileChannel.open(finished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(
        finished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder(folder(target));
  }

  private static void syncFolder(Path folder) throws IOException {
    if (WINDOWS) {
      return; // A folder cannot be opened there; NTFS journals the rename itself.
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  public static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " is the root of a file system");
    }
    return parent;
  }
}
