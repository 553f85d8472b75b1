/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Sorts any number of records of a few longs in a fixed amount of memory.
 *
 * <p>What does not fit into the buffer is sorted and spilled to a temporary file; the parts are
 * merged while they are read back. The order is that of the first {@code keys} words as unsigned
 * numbers; records that are equal there keep the order in which they were added.
 */
public final class SpillSorter implements Closeable {
  /** Longs of the buffer; a second one of the same size is used while it is sorted. */
  public static final int BUFFER = 1 << 18;

  /** Longs read from a spilled part at a time. */
  private static final int READ = 1 << 10;

  private static final int BYTE_VALUES = 256;

  private final int width;
  private final int keys;
  private final int capacity;
  private final FileChannel file;
  private final List<long[]> parts = new ArrayList<>();
  private long[] buffer;
  private long[] other;
  private int used;
  private long end;
  private long records;

  /** Takes a record while it is read back; the array is used again for the next one. */
  @FunctionalInterface
  interface Sink {
    void accept(long[] record) throws IOException;
  }

  /**
   * Opens a sorter.
   *
   * @param file where parts are spilled; it must not exist, and is removed when this is closed
   * @param width longs of a record
   * @param keys longs that decide the order, from the first on
   * @param bufferLongs longs that are kept in memory before they are spilled
   */
  SpillSorter(Path file, int width, int keys, int bufferLongs) throws IOException {
    this.width = width;
    this.keys = keys;
    this.capacity = bufferLongs / width * width;
    this.file =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
    this.buffer = new long[0];
    this.other = new long[0];
  }

  /** Adds a record of {@code width} longs. */
  void add(long... record) throws IOException {
    if (used + width > buffer.length) {
      grow();
    }
    System.arraycopy(record, 0, buffer, used, width);
    used += width;
    records++;
  }

  /** Returns the number of records that were added. */
  long size() {
    return records;
  }

  /** Returns the bytes of memory that the buffers take now. */
  long bytesInMemory() {
    return Long.BYTES * (long) (buffer.length + other.length);
  }

  /** Small sets stay small; at its full size the buffer is spilled instead. */
  private void grow() throws IOException {
    if (buffer.length < capacity) {
      int larger = Math.min(capacity, Math.max(1024 / width * width, 2 * buffer.length));
      buffer = Arrays.copyOf(buffer, larger);
    } else {
      spill();
    }
  }

  private void spill() throws IOException {
    sort();
    ByteBuffer bytes = ByteBuffer.allocate(1 << 16);
    long start = end;
    for (int at = 0; at < used; ) {
      bytes.clear();
      while (at < used && bytes.remaining() >= Long.BYTES) {
        bytes.putLong(buffer[at++]);
      }
      bytes.flip();
      while (bytes.hasRemaining()) {
        end += file.write(bytes, end);
      }
    }
    parts.add(new long[] {start, end});
    used = 0;
  }

  /** Sorts by radix, least significant byte first, and skips bytes that are all the same. */
  private void sort() {
    if (other.length < buffer.length) {
      other = new long[buffer.length];
    }
    int[] count = new int[BYTE_VALUES + 1];
    for (int key = keys - 1; key >= 0; key--) {
      for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
        Arrays.fill(count, 0);
        for (int at = key; at < used; at += width) {
          count[(int) (buffer[at] >>> shift & 0xFF) + 1]++;
        }
        if (!isConstant(count)) {
          distribute(key, shift, count);
        }
      }
    }
  }

  private boolean isConstant(int[] count) {
    int all = used / width;
    for (int c : count) {
      if (c == all) {
        return true;
      }
    }
    return false;
  }

  private void distribute(int key, int shift, int[] count) {
    for (int i = 1; i < count.length; i++) {
      count[i] += count[i - 1];
    }
    for (int at = 0; at < used; at += width) {
      int value = (int) (buffer[at + key] >>> shift & 0xFF);
      System.arraycopy(buffer, at, other, count[value]++ * width, width);
    }
    long[] swap = buffer;
    buffer = other;
    other = swap;
  }

  /** Hands over all records in order. Nothing may be added afterwards. */
  void forEach(Sink sink) throws IOException {
    if (parts.isEmpty()) {
      sort();
      long[] record = new long[width];
      for (int at = 0; at < used; at += width) {
        System.arraycopy(buffer, at, record, 0, width);
        sink.accept(record);
      }
      return;
    }
    spill();
    buffer = new long[0];
    other = new long[0];
    PriorityQueue<Part> queue = new PriorityQueue<>(parts.size(), this::compare);
    for (int i = 0; i < parts.size(); i++) {
      Part part = new Part(i, parts.get(i)[0], parts.get(i)[1]);
      if (part.next()) {
        queue.add(part);
      }
    }
    while (!queue.isEmpty()) {
      Part first = queue.remove();
      sink.accept(first.record);
      if (first.next()) {
        queue.add(first);
      }
    }
  }

  private int compare(Part a, Part b) {
    for (int key = 0; key < keys; key++) {
      int order = Long.compareUnsigned(a.record[key], b.record[key]);
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.number, b.number);
  }

  /** A sorted part of the file, read forwards. */
  private final class Part {
    private final int number;
    private final long[] record = new long[width];
    private final ByteBuffer bytes = ByteBuffer.allocate(READ * Long.BYTES).limit(0);
    private long at;
    private final long stop;

    Part(int number, long start, long stop) {
      this.number = number;
      this.at = start;
      this.stop = stop;
    }

    /** Moves on to the next record; returns whether there is one. */
    boolean next() {
      for (int word = 0; word < width; word++) {
        if (!bytes.hasRemaining() && !fill()) {
          return false;
        }
        record[word] = bytes.getLong();
      }
      return true;
    }

    private boolean fill() {
      if (at >= stop) {
        return false;
      }
      bytes.clear().limit((int) Math.min(bytes.capacity(), stop - at));
      try {
        while (bytes.hasRemaining()) {
          int count = file.read(bytes, at);
          if (count < 0) {
            throw new IOException("a temporary file ended before its time");
          }
          at += count;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      bytes.flip();
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
