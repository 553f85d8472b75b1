/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A file that grows by whole lines, each forced to the disk before {@link #append} returns.
 *
 * <p>One process has it at a time. The first line comes into being together with the file, by a
 * rename, so a file in which no whole line is ours was never ours: it is refused and stays as it
 * is. Behind a line of ours, an unfinished last one is what a process left that was killed; it is
 * cut off. A file that is removed or changed by others while it is open is noticed before the next
 * line is written.
 */
public final class LineLog implements Closeable {
  /** A line longer than this is none of ours; it must not fill the heap. */
  private static final int MOST_BYTES = 256 << 20;

  private final Path file;
  private final OwnerLock owner;
  private @Nullable FileChannel channel;
  private @Nullable Object key;
  private long length;
  private final long cut;

  private LineLog(Path file, OwnerLock owner, @Nullable FileChannel channel, long length, long cut)
      throws IOException {
    this.file = file;
    this.owner = owner;
    this.channel = channel;
    this.length = length;
    this.cut = cut;
    this.key = channel == null ? null : key(file);
  }

  /** Takes what stands in the file when it is opened, and judges whether it is ours. */
  public interface Reader {
    /**
     * Takes a whole line.
     *
     * @param number counts from 1
     * @param line its bytes, without the line end
     * @throws RuntimeException if it is none of ours: {@link ForeignFileException} for the first
     */
    void line(long number, byte[] line);

    /**
     * Takes the bytes behind the last line end.
     *
     * @return whether they are a whole line that lacks only its end
     */
    default boolean isWhole(byte[] rest) {
      return false;
    }

    /** The bytes that every line of ours begins with. */
    byte[] beginning();
  }

  /**
   * Opens a file and reads what stands in it; one that is missing is made with its first line.
   *
   * @throws ForeignFileException if it is not a file of ours
   * @throws InUseException if somebody else writes it
   * @throws IOException if it cannot be read or written
   */
  public static LineLog open(Path file, Reader reader) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new ForeignFileException(
          file + " is a folder or a device, expected a file; choose another name");
    }
    OwnerLock owner = OwnerLock.ofFile(file);
    try {
      if (!Files.exists(file)) {
        return new LineLog(file, owner, null, 0, 0);
      }
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
      try {
        return read(file, owner, channel, reader);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      owner.close();
      throw e;
    }
  }

  private static LineLog read(Path file, OwnerLock owner, FileChannel channel, Reader reader)
      throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(1 << 12);
    InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    long length = 0;
    long number = 0;
    int b;
    while ((b = in.read()) >= 0) {
      if (b != '\n') {
        line.write(b);
        if (line.size() > MOST_BYTES) {
          throw foreign(file, "has a line of more than " + (MOST_BYTES >> 20) + " MB");
        }
        continue;
      }
      length += line.size() + 1L;
      number++;
      reader.line(number, line.toByteArray());
      line.reset();
    }
    byte[] rest = line.toByteArray();
    boolean open = rest.length > 0 && reader.isWhole(rest);
    if (open) {
      length += rest.length;
    } else if (rest.length > 0) {
      refuseForeign(file, number, rest, reader.beginning());
      channel.truncate(length);
    }
    LineLog log = new LineLog(file, owner, channel, length, open ? 0 : rest.length);
    if (open) {
      log.write(new byte[] {'\n'});
    }
    if (rest.length > 0) {
      channel.force(true);
    }
    return log;
  }

  private static void refuseForeign(Path file, long number, byte[] rest, byte[] beginning) {
    if (number == 0) {
      throw foreign(file, "holds no whole line");
    }
    boolean zeros = true;
    boolean ours = true;
    for (int i = 0; i < rest.length; i++) {
      zeros &= rest[i] == 0;
      ours &= i >= beginning.length || rest[i] == beginning[i];
    }
    if (!zeros && !ours) {
      throw foreign(file, "ends, after line " + number + ", in a text without a line end");
    }
  }

  private static ForeignFileException foreign(Path file, String found) {
    return new ForeignFileException(
        "%s %s that this command wrote, so it is taken for a file of yours and was not changed. Name another file, or move it away."
            .formatted(file, found));
  }

  private static @Nullable Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /** Bytes of an unfinished last line that were cut off when the file was opened. */
  public long cut() {
    return cut;
  }

  /**
   * Adds a line and waits until it is on the disk.
   *
   * @param line with its line end
   * @throws IOException if that fails, or if the file is not the one that was opened any more; it
   *     then ends where it ended before
   */
  public synchronized void append(byte[] line) throws IOException {
    if (length == 0) {
      begin(line);
    } else {
      requireUnchanged();
      write(line);
    }
  }

  private void begin(byte[] line) throws IOException {
    FileChannel empty = channel;
    AtomicFile.write(file, line);
    if (empty != null) {
      empty.close();
    }
    channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    key = key(file);
    length = line.length;
  }

  private void requireUnchanged() throws IOException {
    BasicFileAttributes now;
    try {
      now = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      throw new IOException(
          file + " was removed while it was written: bring it back, or end this command", e);
    }
    if (now.size() != length || !Objects.equals(now.fileKey(), key)) {
      throw new IOException(
          "%s was changed or replaced by another program: it has %d bytes, expected %d. Bring it back as it was, or end this command"
              .formatted(file, now.size(), length));
    }
  }

  private void write(byte[] line) throws IOException {
    FileChannel open = Objects.requireNonNull(channel);
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line);
      long at = length;
      while (bytes.hasRemaining()) {
        at += open.write(bytes, at);
      }
      open.force(false);
      length = at;
    } catch (IOException e) {
      try {
        open.truncate(length);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw new IOException("%s cannot be written: %s".formatted(file, e.getMessage()), e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      FileChannel open = channel;
      if (open != null) {
        open.close();
      }
    } finally {
      owner.close();
    }
  }
}
