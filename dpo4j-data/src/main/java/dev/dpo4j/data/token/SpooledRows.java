/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.RandomAccess;

/**
 * The rows of a file of tokens as a list: a row is read from the mapped file when it is asked for,
 * so that the list takes next to no heap however long it is.
 *
 * @param <T> what a row is
 */
final class SpooledRows<T> extends AbstractList<T> implements RandomAccess {
  /** One mapping; its end overlaps the next one by the longest row. */
  private static final long SEGMENT = 1L << 30;

  static final int LONGEST_ROW = 1 << 27;

  /** Places are kept for one row of so many; those between are stepped over. */
  static final int STRIDE = 32;

  private final RowCodec<T> codec;
  private final MappedByteBuffer[] segments;
  private final long[] places;
  private final int size;

  private SpooledRows(RowCodec<T> codec, MappedByteBuffer[] segments, long[] places, int size) {
    this.codec = codec;
    this.segments = segments;
    this.places = places;
    this.size = size;
  }

  /**
   * Maps a file.
   *
   * @param end bytes of rows, from the beginning of the file on
   * @param places where every {@value #STRIDE}th row begins
   * @throws IOException if it cannot be mapped
   */
  static <T> SpooledRows<T> map(Path file, RowCodec<T> codec, long end, long[] places, int size)
      throws IOException {
    MappedByteBuffer[] segments = new MappedByteBuffer[(int) (end / SEGMENT) + 1];
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      for (int i = 0; i < segments.length; i++) {
        long from = i * SEGMENT;
        long length = Math.min(SEGMENT + LONGEST_ROW, end - from);
        segments[i] = channel.map(FileChannel.MapMode.READ_ONLY, from, length);
      }
    }
    return new SpooledRows<>(codec, segments, places, size);
  }

  /** A list that cannot change: rows of a file as they are, others copied. */
  static <T> List<T> keep(List<T> rows) {
    return rows instanceof SpooledRows<T> || rows instanceof Joined<T> ? rows : List.copyOf(rows);
  }

  /** The rows of several files, one after the other. */
  static final class Joined<T> extends AbstractList<T> implements RandomAccess {
    private final List<SpooledRows<T>> files = new ArrayList<>();
    private final List<Integer> moves = new ArrayList<>();
    private int[] ends = {};

    /**
     * Adds a file.
     *
     * @param by how many rows were read before those of the file
     */
    void add(SpooledRows<T> file, int by) {
      int before = size();
      files.add(file);
      moves.add(by);
      ends = Arrays.copyOf(ends, ends.length + 1);
      ends[ends.length - 1] = Math.addExact(before, file.size());
    }

    @Override
    public T get(int index) {
      int found = Arrays.binarySearch(ends, index);
      int file = found < 0 ? -found - 1 : found + 1;
      while (file < ends.length && ends[file] == index) {
        file++; // A file without rows.
      }
      if (index < 0 || file >= ends.length) {
        throw new IndexOutOfBoundsException(index);
      }
      SpooledRows<T> rows = files.get(file);
      T row = rows.get(index - (ends[file] - rows.size()));
      return rows.codec.moved(row, moves.get(file));
    }

    @Override
    public int size() {
      return ends.length == 0 ? 0 : ends[ends.length - 1];
    }
  }

  @Override
  public T get(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException(index);
    }
    long at = places[index / STRIDE];
    for (int i = index % STRIDE; i > 0; i--) {
      ByteBuffer row = from(at);
      int length = Varint.read(row);
      at += length + Varint.size(length);
    }
    ByteBuffer row = from(at);
    int length = Varint.read(row);
    return codec.read(row.limit(row.position() + length));
  }

  /** A view of its own, so that threads do not disturb each other. */
  private ByteBuffer from(long at) {
    int segment = (int) (at / SEGMENT);
    return segments[segment].duplicate().position((int) (at - segment * SEGMENT));
  }

  @Override
  public int size() {
    return size;
  }
}
