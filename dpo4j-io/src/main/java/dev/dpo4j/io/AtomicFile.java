/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/**
 * A file that appears under its name complete or not at all: it is written beside the target,
 * forced to the disk, renamed, and the folder is forced too. What a crash leaves behind is the old
 * file and at most one {@code .NAME.partial}, which the next write replaces.
 */
public final class AtomicFile implements Closeable {
  /** One write call's bytes: the JDK copies heap buffers into native memory of the same size. */
  private static final int CHUNK = 4 << 20;

  private static final boolean WINDOWS =
      System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");

  private final Path target;
  private final Path partial;
  private final FileChannel channel;
  private boolean written;
  private boolean done;

  private AtomicFile(Path target, Path partial, FileChannel channel) {
    this.target = target;
    this.partial = partial;
    this.channel = channel;
  }

  /** How a file is opened for writing; tests put a full disk in its place. */
  @FunctionalInterface
  public interface Opener {
    /** Opens a file that does not exist yet. */
    FileChannel open(Path path) throws IOException;

    /** The file system itself. */
    Opener REAL =
        path -> FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /**
   * Begins to write a file.
   *
   * @throws IOException when the folder is not there or cannot be written
   */
  public static AtomicFile create(Path target) throws IOException {
    return create(target, Opener.REAL);
  }

  public static AtomicFile create(Path target, Opener opener) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path partial = absolute.resolveSibling("." + absolute.getFileName() + ".partial");
    Files.deleteIfExists(partial);
    try {
      return new AtomicFile(absolute, partial, opener.open(partial));
    } catch (IOException e) {
      throw new IOException("cannot write " + target + ": " + e, e);
    }
  }

  /** Writes a whole file of bytes. */
  public static void write(Path target, byte[] content) throws IOException {
    try (AtomicFile file = create(target)) {
      file.write(ByteBuffer.wrap(content), 0);
      file.commit();
    }
  }

  /** Writes a whole file of text as UTF-8. */
  public static void writeString(Path target, String content) throws IOException {
    write(target, content.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes a small file that other processes may write at the same time: each sees the old one or a
   * whole new one. Its folder is made.
   */
  public static void replace(Path target, String content) throws IOException {
    Path folder = folder(target);
    Files.createDirectories(folder);
    String unique = ProcessHandle.current().pid() + "-" + Thread.currentThread().getId();
    Path aside = folder.resolve("." + target.getFileName() + "." + unique + ".tmp");
    try {
      Files.writeString(aside, content);
      publish(aside, target);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  /** Forces a file that was written by other means to the disk and gives it its name. */
  public static void publish(Path finished, Path target) throws IOException {
    try (FileChannel channel = FileChannel.open(finished, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    Files.move(
        finished, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncFolder(folder(target));
  }

  /** The folder of a file. */
  public static Path folder(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " is the root of a file system");
    }
    return parent;
  }

  /** Copies a file. */
  public static void copy(Path source, Path target) throws IOException {
    try (FileChannel in = FileChannel.open(source, StandardOpenOption.READ);
        AtomicFile file = create(target)) {
      ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
      long at = 0;
      while (in.read(buffer) >= 0) {
        at = file.write(buffer.flip(), at);
        buffer.clear();
      }
      file.commit();
    }
  }

  /**
   * Writes all remaining bytes of a buffer at a place of the file.
   *
   * @return the position behind the last byte written
   * @throws IOException when the disk is full or fails; the message says how far the file came
   */
  public long write(ByteBuffer bytes, long position) throws IOException {
    ByteBuffer rest = bytes.duplicate();
    int limit = rest.limit();
    long at = position;
    try {
      while (rest.position() < limit) {
        rest.limit(Math.min(limit, rest.position() + CHUNK));
        at += channel.write(rest, at);
      }
    } catch (IOException e) {
      throw failed("after " + at + " bytes", e);
    }
    bytes.position(limit);
    return at;
  }

  /**
   * Forces the bytes to the disk and closes the file, still under its temporary name. Files that
   * belong together are finished one by one and then published.
   */
  public void finish() throws IOException {
    if (!written) {
      try {
        channel.force(true);
        channel.close();
      } catch (IOException e) {
        throw failed("while it was forced to the disk", e);
      }
      written = true;
    }
  }

  /** Gives the finished file its name; an older file of this name is replaced. */
  public void publish() throws IOException {
    finish();
    Files.move(
        partial, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    done = true;
  }

  /** Forces the file to the disk and gives it its name. */
  public void commit() throws IOException {
    publish();
    syncFolder(target.resolveSibling("."));
  }

  /** Removes the unfinished file unless it was committed. */
  @Override
  public void close() throws IOException {
    if (!done) {
      done = true;
      try {
        channel.close();
      } finally {
        Files.deleteIfExists(partial);
      }
    }
  }

  /** Forces the names in a folder to the disk, so that a rename survives a power cut. */
  public static void syncFolder(Path folder) throws IOException {
    if (WINDOWS) {
      return; // A folder cannot be opened there; NTFS journals the rename itself.
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private IOException failed(String when, IOException e) {
    return new IOException(
        "writing "
            + target
            + " failed "
            + when
            + ": "
            + e.getMessage()
            + ". Nothing was left under this name; make room or choose another folder.",
        e);
  }
}
