/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the head of a GGUF file: magic, version, counts, key-value pairs and the list of tensors.
 * No count is believed before the file is long enough for it.
 */
final class GgufReader {
  private static final int MAGIC = 0x46554747; // "GGUF", little endian
  private static final long MAX_PAIRS = 65_536;
  private static final long MAX_TENSORS = 65_536;
  private static final long MAX_HEAD_BYTES = 256 << 20;
  private static final int MAX_DIMENSIONS = 4;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final ByteBuffer window = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private long windowStart;

  GgufReader(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    this.size = channel.size();
    window.limit(0);
  }

  /**
   * The head of a file.
   *
   * @param metadata values by key: Long, Double, Boolean, String or a List of one of these
   * @param tensors the tensors in the order of the file
   * @param dataStart where the data section begins
   */
  record Head(Map<String, Object> metadata, List<GgufTensor> tensors, long dataStart) {}

  Head read() throws IOException {
    int magic = i32("the magic number");
    if (magic != MAGIC) {
      throw damaged(
          "it begins with " + Integer.toHexString(Integer.reverseBytes(magic)) + ", expected GGUF");
    }
    int version = i32("the version");
    if (version != 2 && version != 3) {
      throw new GgufException(
          path,
          "GGUF version " + Integer.toUnsignedString(version) + ", expected 2 or 3 (little endian)",
          "Convert the model again with a current llama.cpp.");
    }
    long tensorCount = count("the number of tensors", MAX_TENSORS, 24);
    long pairCount = count("the number of key-value pairs", MAX_PAIRS, 13);
    Map<String, Object> metadata = new LinkedHashMap<>();
    for (long i = 0; i < pairCount; i++) {
      String key = string("key " + i);
      if (metadata.put(key, value("\"" + key + "\"", i32("the type of \"" + key + "\""))) != null) {
        throw damaged("the key \"" + key + "\" stands twice");
      }
    }
    List<GgufTensor> tensors = new ArrayList<>();
    for (long i = 0; i < tensorCount; i++) {
      tensors.add(tensor(i));
    }
    long alignment = alignment(metadata);
    return new Head(metadata, tensors, (position() + alignment - 1) / alignment * alignment);
  }

  long alignment(Map<String, Object> metadata) {
    Object value = metadata.getOrDefault("general.alignment", 32L);
    if (!(value instanceof Long alignment)
        || alignment < 8
        || alignment > 1 << 20
        || Long.bitCount(alignment) != 1) {
      throw damaged("general.alignment is " + value + ", expected a power of two from 8");
    }
    return alignment;
  }

  private GgufTensor tensor(long number) throws IOException {
    String name = string("the name of tensor " + number);
    String what = "tensor \"" + name + "\"";
    int dimensions = i32(what);
    if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw damaged(
          what
              + " has "
              + Integer.toUnsignedString(dimensions)
              + " dimensions, expected 1 to "
              + MAX_DIMENSIONS);
    }
    long[] shape = new long[dimensions];
    for (int i = dimensions - 1; i >= 0; i--) {
      shape[i] = i64(what);
      if (shape[i] < 1) {
        throw damaged(what + " has the dimension " + Long.toUnsignedString(shape[i]));
      }
    }
    long typeId = Integer.toUnsignedLong(i32(what));
    GgufType type =
        GgufType.ofId(typeId)
            .orElseThrow(
                () ->
                    new GgufException(
                        path,
                        what + " has the type " + typeId + ", which is not read",
                        "Take a file with weights of "
                            + List.of(GgufType.values())
                            + ", or the original model."));
    if (shape[dimensions - 1] % type.blockSize() != 0) {
      throw damaged(
          what
              + " has rows of "
              + shape[dimensions - 1]
              + " values, expected a multiple of "
              + type.blockSize()
              + " for "
              + type);
    }
    try {
      return new GgufTensor(name, type, i64(what), shape);
    } catch (IllegalArgumentException e) {
      throw damaged(what + ": " + e.getMessage());
    }
  }

  private Object value(String what, int type) throws IOException {
    return switch (type) {
      case 0 -> (long) (need(1, what).get() & 0xff);
      case 1 -> (long) need(1, what).get();
      case 2 -> (long) (need(2, what).getShort() & 0xffff);
      case 3 -> (long) need(2, what).getShort();
      case 4 -> Integer.toUnsignedLong(i32(what));
      case 5 -> (long) i32(what);
      case 6 -> (double) need(4, what).getFloat();
      case 7 -> bool(what);
      case 8 -> string(what);
      case 9 -> array(what);
      case 10 -> unsigned(what);
      case 11 -> i64(what);
      case 12 -> need(8, what).getDouble();
      default -> throw damaged(what + " has the unknown type " + Integer.toUnsignedString(type));
    };
  }

  private List<Object> array(String what) throws IOException {
    int type = i32(what);
    int smallest =
        switch (type) {
          case 0, 1, 7 -> 1;
          case 2, 3 -> 2;
          case 4, 5, 6 -> 4;
          case 8, 10, 11, 12 -> 8;
          default ->
              throw damaged(what + " is an array of the type " + Integer.toUnsignedString(type));
        };
    long count = count("the length of " + what, MAX_HEAD_BYTES / smallest, smallest);
    List<Object> values = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      values.add(value(what, type));
    }
    return values;
  }

  private boolean bool(String what) throws IOException {
    byte value = need(1, what).get();
    if (value != 0 && value != 1) {
      throw damaged(what + " is " + value + ", expected a boolean of 0 or 1");
    }
    return value == 1;
  }

  private String string(String what) throws IOException {
    int length = (int) count("the length of " + what, MAX_HEAD_BYTES, 1);
    byte[] bytes = new byte[length];
    for (int done = 0; done < length; ) {
      int part = Math.min(length - done, window.capacity());
      need(part, what).get(bytes, done, part);
      done += part;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw damaged(what + " is not text in UTF-8");
    }
  }

  /** A count of things that take at least so many bytes each, and must still be in the file. */
  private long count(String what, long max, int bytesEach) throws IOException {
    long count = i64(what);
    long possible = Math.min(max, (size - position()) / bytesEach);
    if (count < 0 || count > possible) {
      throw damaged(
          what + " is " + Long.toUnsignedString(count) + ", at most " + possible + " are possible");
    }
    return count;
  }

  private long unsigned(String what) throws IOException {
    long value = i64(what);
    if (value < 0) {
      throw damaged(what + " is " + Long.toUnsignedString(value) + ", more than 63 bits");
    }
    return value;
  }

  private int i32(String what) throws IOException {
    return need(4, what).getInt();
  }

  private long i64(String what) throws IOException {
    return need(8, what).getLong();
  }

  private long position() {
    return windowStart + window.position();
  }

  /** The window with at least so many bytes ahead, at most its capacity. */
  private ByteBuffer need(int bytes, String what) throws IOException {
    if (window.remaining() < bytes) {
      long at = position();
      if (at + bytes > size) {
        throw damaged("the file of " + size + " bytes ends inside " + what);
      }
      if (at + bytes > MAX_HEAD_BYTES) {
        throw damaged("keys and tensor list take more than " + MAX_HEAD_BYTES + " bytes");
      }
      window.clear();
      windowStart = at;
      while (window.position() < bytes) {
        if (channel.read(window, windowStart + window.position()) < 0) {
          throw damaged("the file became shorter while it was read");
        }
      }
      window.flip();
    }
    return window;
  }

  private GgufException damaged(String fault) {
    return new GgufException(path, fault, GgufException.FETCH_AGAIN);
  }
}
