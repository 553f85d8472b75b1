/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.token;

import dev.dpo4j.io.AtomicFile;
import dev.dpo4j.io.InUseException;
import dev.dpo4j.io.OwnerLock;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Collects rows of tokens: few on the heap, many in a file, which is kept for the next run where a
 * cache is given and is gone with the process where none is.
 *
 * @param <T> what a row is
 */
public final class TokenSpool<T> implements Closeable {
  /** Bytes of tokens that stay on the heap; more go into a file. */
  static final long HEAP_BYTES = 32L << 20;

  private static final int BUFFER = 4 << 20;

  private final long heapLimit;
  private final RowCodec<T> codec;
  private final TokenCache cache;
  private final @Nullable String key;
  private final @Nullable Path part;
  private final List<T> heap = new ArrayList<>();
  private final CRC32C crc = new CRC32C();
  private long heapBytes;
  private int size;
  private @Nullable AtomicFile file;
  private @Nullable OwnerLock owner;
  private @Nullable Path path;
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private long written;
  private long[] places = new long[1024];

  TokenSpool(RowCodec<T> codec, TokenCache cache, @Nullable String key, long heapLimit) {
    this(codec, cache, key, null, heapLimit);
  }

  private TokenSpool(
      RowCodec<T> codec,
      TokenCache cache,
      @Nullable String key,
      @Nullable Path part,
      long heapLimit) {
    this.heapLimit = heapLimit;
    this.codec = codec;
    this.cache = cache;
    this.key = key;
    this.part = part;
  }

  /** Collects all rows, however few, in a file that other processes read. */
  static <T> TokenSpool<T> into(Path file, RowCodec<T> codec, TokenCache cache) {
    return new TokenSpool<>(codec, cache, null, file, -1);
  }

  /**
   * Adds a row.
   *
   * @throws UncheckedIOException if the file cannot be written; the message says which it is
   */
  public void add(T row) {
    try {
      if (file == null) {
        heap.add(row);
        heapBytes += codec.mostBytes(row);
        if (heapBytes > heapLimit) {
          spill();
        }
      } else {
        append(row);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The tokens cannot be kept in " + path + ": " + e, e);
    }
  }

  /** Rows so far. */
  public int size() {
    return size + heap.size();
  }

  private void spill() throws IOException {
    if (part == null) {
      place();
    } else {
      path = part;
    }
    file = AtomicFile.create(Objects.requireNonNull(path));
    buffer = ByteBuffer.allocate(BUFFER);
    for (T row : heap) {
      append(row);
    }
    heap.clear();
  }

  private void place() throws IOException {
    cache.prune();
    Path named = key == null ? null : cache.file(key);
    if (named != null) {
      try {
        Files.createDirectories(named.toAbsolutePath().getParent());
        owner = OwnerLock.ofFile(named);
        path = named;
      } catch (InUseException e) {
        path = null; // Another run tokenises the same; this one keeps its tokens for itself.
      }
    }
    if (path == null) {
      path = cache.temporary();
    }
  }

  private void append(T row) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(codec.mostBytes(row));
    codec.write(row, bytes);
    bytes.flip();
    if (bytes.limit() >= SpooledRows.LONGEST_ROW) {
      throw new IOException("a row has " + bytes.limit() + " bytes of tokens");
    }
    if (buffer.remaining() < bytes.limit() + 5) {
      flush();
      if (buffer.capacity() < bytes.limit() + 5) {
        buffer = ByteBuffer.allocate(bytes.limit() + 5);
      }
    }
    if (size % SpooledRows.STRIDE == 0) {
      int at = size / SpooledRows.STRIDE;
      places = at < places.length ? places : Arrays.copyOf(places, 2 * places.length);
      places[at] = written + buffer.position();
    }
    Varint.write(buffer, bytes.limit());
    buffer.put(bytes);
    size++;
  }

  private void flush() throws IOException {
    AtomicFile open = file;
    if (open != null) {
      buffer.flip();
      crc.update(buffer.duplicate());
      written = open.write(buffer, written);
      buffer.clear();
    }
  }

  /**
   * Ends the collection.
   *
   * @param counted what is told of the rows, to be told again where they are found in the cache
   * @param report the same, put together
   * @param unchanged whether the data still are what they were at the beginning
   * @return the rows, in their order
   */
  public List<T> finish(ReportBuilder counted, DataReport report, BooleanSupplier unchanged) {
    if (file == null && part == null) {
      return List.copyOf(heap);
    }
    try {
      if (file == null) {
        spill();
      }
      AtomicFile open = Objects.requireNonNull(file);
      Path target = Objects.requireNonNull(path);
      flush();
      long[] exact = Arrays.copyOf(places, (size + SpooledRows.STRIDE - 1) / SpooledRows.STRIDE);
      TokenCache.Tail tail =
          new TokenCache.Tail(
              written, size, crc.getValue(), codec.names(), exact, report, counted.lengthCounts());
      open.write(ByteBuffer.wrap(tail.bytes()), written);
      open.commit();
      SpooledRows<T> rows = SpooledRows.map(target, codec, written, exact, size);
      if (part == null && (owner == null || !unchanged.getAsBoolean())) {
        discardAtEnd(target);
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException("The tokens cannot be kept in " + path + ": " + e, e);
    }
  }

  /** A mapped file stays readable after its name is gone, but not on Windows. */
  private static void discardAtEnd(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      file.toFile().deleteOnExit();
    }
  }

  /** Removes what was not finished. */
  @Override
  public void close() {
    try (OwnerLock held = owner;
        AtomicFile open = file) {
      heap.clear();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot close " + path + ": " + e, e);
    }
  }
}
