/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.config.ConfigException;
import dev.dpo4j.config.Fault;
import dev.dpo4j.data.DataException;
import dev.dpo4j.safetensors.AtomicFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file of decisions that is being written: each entry is on the disk before anybody hears of it.
 *
 * <p>The file is locked, so that two servers never mix their lines. A line that a dead process left
 * half written is cut off when the file is opened, with a warning. While a log is open, its process
 * must not open the file in any other way.
 */
final class DecisionLog implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(DecisionLog.class);

  private final Path file;
  private final FileChannel channel;
  private final List<Decision> decisions;
  private long length;

  private DecisionLog(Path file, FileChannel channel, DecisionFile found) {
    this.file = file;
    this.channel = channel;
    this.decisions = found.decisions();
    this.length = found.length();
  }

  /**
   * Opens a file, or begins one.
   *
   * @throws ConfigException if another server writes to it, or if it cannot be opened
   * @throws DataException if it is not a file of decisions
   * @throws IOException if it cannot be written
   */
  static DecisionLog open(Path file) throws IOException {
    FileChannel channel = channel(file);
    try {
      lock(file, channel);
      // Through the same channel: closing another one would end the lock (POSIX).
      DecisionFile found = DecisionFile.parse(file, Channels.newInputStream(channel), false);
      if (found.torn().isPresent()) {
        log.warn("{}: {} It is cut off.", file, found.torn().get());
        channel.truncate(found.length());
      }
      DecisionLog opened = new DecisionLog(file, channel, found);
      if (found.openEnd()) {
        opened.write(new byte[] {'\n'});
      }
      channel.force(true);
      AtomicFile.syncFolder(file.toAbsolutePath().resolveSibling("."));
      return opened;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static FileChannel channel(Path file) {
    try {
      return FileChannel.open(
          file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new ConfigException(
          new Fault(
              "output",
              "--output",
              "%s cannot be opened (%s): expected a file that may be written, in a folder that exists"
                  .formatted(file, e.getClass().getSimpleName())));
    }
  }

  /** The lock ends with the channel or with the process. */
  private static void lock(Path file, FileChannel channel) throws IOException {
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null;
    }
    if (lock == null) {
      throw new ConfigException(
          new Fault(
              "output",
              "--output",
              "%s is being written by another label server: end it, or open its page and label there"
                  .formatted(file)));
    }
  }

  /** Returns the decisions that stood in the file when it was opened and were not taken back. */
  List<Decision> decisions() {
    return decisions;
  }

  /**
   * Adds an entry and waits until it is on the disk.
   *
   * @throws IOException if that fails; the file then ends where it ended before
   */
  synchronized void append(LogEntry entry) throws IOException {
    write(LogCodec.encode(entry));
  }

  private void write(byte[] line) throws IOException {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line);
      long at = length;
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
      channel.force(false);
      length = at;
    } catch (IOException e) {
      try {
        channel.truncate(length);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw new IOException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
