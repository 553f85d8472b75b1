/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import dev.dpo4j.io.FileWindow;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A GGUF file: its keys, and its tensors in the types in which it stores them. */
public final class GgufFile implements Closeable {
  private final Path path;
  private final FileChannel channel;
  private final Map<String, Object> metadata;
  private final Map<String, GgufTensor> tensors;
  private final long dataStart;

  private GgufFile(
      Path path, FileChannel channel, GgufReader.Head head, Map<String, GgufTensor> tensors) {
    this.path = path;
    this.channel = channel;
    this.metadata = Collections.unmodifiableMap(head.metadata());
    this.tensors = Collections.unmodifiableMap(tensors);
    this.dataStart = head.dataStart();
  }

  /** Whether a path names a GGUF file, by its ending; there may be no such file. */
  public static boolean isGguf(Path path) {
    return path.toString().toLowerCase(Locale.ROOT).endsWith(".gguf") && !Files.isDirectory(path);
  }

  /**
   * Opens a file and checks its head: every tensor must have a type that is read and lie inside the
   * file, one behind the other.
   *
   * @throws GgufException when the file is not there, cannot be read or breaks the format
   */
  public static GgufFile open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new GgufException(path, "there is no such file", "Give the path of a GGUF file.");
    }
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      GgufReader reader = new GgufReader(path, channel);
      GgufReader.Head head = reader.read();
      long dataBytes = Math.max(0, channel.size() - head.dataStart());
      Map<String, GgufTensor> tensors =
          check(path, head.tensors(), reader.alignment(head.metadata()), dataBytes);
      GgufFile file = new GgufFile(path, channel, head, tensors);
      channel = null;
      return file;
    } catch (IOException e) {
      throw new GgufException(path, "the file cannot be read: " + e, "Check its rights.", e);
    } finally {
      closeQuietly(channel);
    }
  }

  private static Map<String, GgufTensor> check(
      Path path, List<GgufTensor> list, long alignment, long dataBytes) {
    Map<String, GgufTensor> tensors = new LinkedHashMap<>();
    long expected = 0;
    for (GgufTensor tensor : list) {
      String what = "tensor \"" + tensor.name() + "\"";
      if (tensors.put(tensor.name(), tensor) != null) {
        throw new GgufException(path, what + " stands twice", GgufException.FETCH_AGAIN);
      }
      if (tensor.offset() != expected || tensor.storedBytes() > dataBytes - expected) {
        throw new GgufException(
            path,
            what
                + " has "
                + tensor.storedBytes()
                + " bytes at "
                + Long.toUnsignedString(tensor.offset())
                + ", expected to begin at "
                + expected
                + " and to end within the "
                + dataBytes
                + " bytes of data",
            GgufException.FETCH_AGAIN);
      }
      if (tensor.rowBytes() > Integer.MAX_VALUE || tensor.columns() > Integer.MAX_VALUE / 4) {
        throw new GgufException(
            path, what + " has rows of more than 2 GB", "No such model is supported.");
      }
      expected = (expected + tensor.storedBytes() + alignment - 1) / alignment * alignment;
    }
    return tensors;
  }

  /** The keys of the file: values are Long, Double, Boolean, String or a List of one of these. */
  public Map<String, Object> metadata() {
    return metadata;
  }

  /** The text under a key, empty when there is none. */
  public Optional<String> text(String key) {
    return metadata.get(key) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /** The tensors by their names in the file, in its order. */
  public Map<String, GgufTensor> tensors() {
    return tensors;
  }

  /** The file that was opened. */
  public Path path() {
    return path;
  }

  /**
   * Reads rows of a tensor, dequantised.
   *
   * @param row the first row; a tensor of one dimension is a single row
   * @param out receives the values of as many whole rows as it has room for
   * @throws GgufException when the file cannot be read
   * @throws IndexOutOfBoundsException when the rows leave the tensor
   */
  public void dequantize(GgufTensor tensor, long row, float[] out) {
    long rowBytes = tensor.rowBytes();
    long rows = out.length / tensor.columns();
    long begin = Math.multiplyExact(row, rowBytes);
    long length = Math.multiplyExact(rows, rowBytes);
    Objects.checkFromIndexSize(begin, length, tensor.storedBytes());
    try {
      ByteBuffer bytes =
          FileWindow.read(channel, dataStart + tensor.offset() + begin, Math.toIntExact(length));
      Dequantizer.decode(tensor.type(), bytes, out, (int) (rows * tensor.columns()));
    } catch (IOException e) {
      throw new GgufException(path, "the file cannot be read: " + e, "Check its rights.", e);
    }
  }

  /**
   * Reads a tensor as it is stored.
   *
   * @throws GgufException when the file cannot be read, or the tensor has more than 2 GB
   */
  public ByteBuffer bytes(GgufTensor tensor) {
    if (tensor.storedBytes() > Integer.MAX_VALUE) {
      throw new GgufException(
          path,
          "tensor \"" + tensor.name() + "\" has more than 2 GB",
          "No such model is supported.");
    }
    try {
      return FileWindow.read(channel, dataStart + tensor.offset(), (int) tensor.storedBytes());
    } catch (IOException e) {
      throw new GgufException(path, "the file cannot be read: " + e, "Check its rights.", e);
    }
  }

  @Override
  public void close() {
    closeQuietly(channel);
  }

  @Override
  public String toString() {
    return path.toString();
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // Nothing was written, so nothing is lost.
    }
  }
}
