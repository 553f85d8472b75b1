/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Numbers by checksums in a file that is only appended to, so that a run that is killed leaves all
 * that it has put, and nothing of it is on the heap but where it stands.
 *
 * <p>Behind the first line the file is a sequence of records: 32 bytes of the checksum that is the
 * key, the count of the numbers, a CRC-32 of all else, the numbers. A record that a kill has torn
 * is cut away by the next who opens the file; several processes append in turns.
 */
final class PassLog implements Closeable {
  /** The first line, by which a file of ours is known. */
  static final String MAGIC = "dpo4j reference log-probs 1\n";

  private static final Logger LOG = LoggerFactory.getLogger(PassLog.class);
  private static final byte[] HEAD = MAGIC.getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_BYTES = 32;
  private static final int RECORD_HEAD = KEY_BYTES + 2 * Integer.BYTES;

  private final Path file;
  private final LongTable places = new LongTable();
  private @Nullable FileChannel channel;
  private boolean failed;

  private PassLog(Path file) {
    this.file = file;
  }

  /** Opens a file; one that is missing or not ours counts as empty. */
  static PassLog open(Path file) {
    PassLog log = new PassLog(file);
    synchronized (PassLog.class) {
      try {
        if (Files.exists(file)) {
          log.channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
          log.scan();
        }
      } catch (IOException e) {
        log.fail("read", e);
      }
    }
    return log;
  }

  private void scan() throws IOException {
    FileChannel open = opened();
    try (FileLock lock = open.lock()) {
      long size = open.size();
      ByteBuffer first = ByteBuffer.allocate(HEAD.length);
      if (size < HEAD.length || !read(open, first, 0) || !Arrays.equals(first.array(), HEAD)) {
        LOG.warn("{} is damaged: it is no file of log-probs. They are computed anew.", file);
        open.truncate(0);
        return;
      }
      long at = HEAD.length;
      ByteBuffer head = ByteBuffer.allocate(RECORD_HEAD);
      while (at + RECORD_HEAD <= size && read(open, head.clear(), at)) {
        int count = head.getInt(KEY_BYTES);
        long end = at + RECORD_HEAD + (long) Float.BYTES * count;
        if (count < 1 || end > size) {
          break;
        }
        places.put(head.getLong(0), at);
        at = end;
      }
      if (at < size) {
        open.truncate(at);
      }
    }
  }

  /** Returns the numbers of a key; null where they are not known. */
  float @Nullable [] find(byte[] key) {
    FileChannel open = channel;
    long at = places.get(ByteBuffer.wrap(key).getLong());
    if (open == null || at == LongTable.ABSENT) {
      return null;
    }
    try {
      ByteBuffer head = ByteBuffer.allocate(RECORD_HEAD);
      if (!read(open, head, at) || !Arrays.equals(head.array(), 0, KEY_BYTES, key, 0, KEY_BYTES)) {
        return null;
      }
      int count = head.getInt(KEY_BYTES);
      ByteBuffer numbers = ByteBuffer.allocate(Math.multiplyExact(count, Float.BYTES));
      if (!read(open, numbers, at + RECORD_HEAD)
          || crc(key, numbers.array()) != head.getInt(KEY_BYTES + Integer.BYTES)) {
        LOG.warn("{} is damaged: a checksum is wrong. Its log-probs are computed anew.", file);
        return null;
      }
      float[] found = new float[count];
      numbers.asFloatBuffer().get(found);
      return found;
    } catch (IOException | ArithmeticException e) {
      fail("read", e);
      return null;
    }
  }

  /** Appends the numbers of a key. A failure is told once and costs nothing but time. */
  void put(byte[] key, float[] values) {
    if (failed) {
      return;
    }
    ByteBuffer record = ByteBuffer.allocate(RECORD_HEAD + Float.BYTES * values.length);
    record.position(RECORD_HEAD).asFloatBuffer().put(values);
    byte[] numbers = Arrays.copyOfRange(record.array(), RECORD_HEAD, record.capacity());
    record.position(0).put(key, 0, KEY_BYTES).putInt(values.length).putInt(crc(key, numbers));
    record.rewind();
    synchronized (PassLog.class) {
      try {
        append(key, record);
      } catch (IOException e) {
        fail("kept", e);
      }
    }
  }

  private void append(byte[] key, ByteBuffer record) throws IOException {
    FileChannel open = channel;
    if (open == null) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      open =
          FileChannel.open(
              file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
      channel = open;
    }
    try (FileLock lock = open.lock()) {
      long end = open.size();
      try {
        if (end == 0) {
          write(open, ByteBuffer.wrap(HEAD), 0);
          end = HEAD.length;
        }
        write(open, record, end);
      } catch (IOException e) {
        open.truncate(end);
        throw e;
      }
      places.put(ByteBuffer.wrap(key).getLong(), end);
    }
  }

  private FileChannel opened() {
    FileChannel open = channel;
    if (open == null) {
      throw new IllegalStateException(file + " is not open");
    }
    return open;
  }

  private void fail(String what, Exception e) {
    if (!failed) {
      LOG.warn("the reference's log-probs could not be {} in {}: {}", what, file, e.toString());
    }
    failed = true;
  }

  private static int crc(byte[] key, byte[] numbers) {
    CRC32 crc = new CRC32();
    crc.update(key, 0, KEY_BYTES);
    crc.update(numbers);
    return (int) crc.getValue();
  }

  private static void write(FileChannel to, ByteBuffer bytes, long at) throws IOException {
    long place = at;
    while (bytes.hasRemaining()) {
      place += to.write(bytes, place);
    }
  }

  private static boolean read(FileChannel from, ByteBuffer bytes, long at) throws IOException {
    while (bytes.hasRemaining()) {
      if (from.read(bytes, at + bytes.position()) < 0) {
        return false;
      }
    }
    bytes.flip();
    return true;
  }

  @Override
  public void close() {
    FileChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        fail("kept", e);
      }
    }
  }
}
