/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps one record of fixed size for every row in a temporary file; any of them is read back. */
final class RecordFile implements Closeable {
  private final int size;
  private final FileChannel file;
  private final ByteBuffer pending;
  private long flushed;

  /**
   * Opens a file of records.
   *
   * @param file must not exist; it is removed when this is closed
   * @param size bytes of a record
   */
  RecordFile(Path file, int size) throws IOException {
    this.size = size;
    this.pending = ByteBuffer.allocate(Math.max(1, (1 << 16) / size) * size);
    this.file =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
  }

  /** Returns a buffer of one record, zeroed; {@link #append} takes it. */
  ByteBuffer record() {
    return ByteBuffer.allocate(size);
  }

  /** Appends a record; its number is one more than that of the record before. */
  void append(ByteBuffer record) throws IOException {
    pending.put(record.clear());
    if (!pending.hasRemaining()) {
      flush();
    }
  }

  /** Returns the number of records. */
  long count() {
    return (flushed + pending.position()) / size;
  }

  /** Reads a record. */
  ByteBuffer read(long number) throws IOException {
    flush();
    ByteBuffer record = record();
    long at = number * size;
    while (record.hasRemaining()) {
      int count = file.read(record, at + record.position());
      if (count < 0) {
        throw new IOException("a temporary file ended before its time");
      }
    }
    return record.flip();
  }

  private void flush() throws IOException {
    pending.flip();
    while (pending.hasRemaining()) {
      flushed += file.write(pending, flushed);
    }
    pending.clear();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
