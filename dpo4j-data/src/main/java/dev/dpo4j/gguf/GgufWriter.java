/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import dev.dpo4j.io.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a GGUF file of version 3: first all keys and the list of tensors, then the tensors one
 * after another. The file appears under its name when it is complete.
 */
public final class GgufWriter implements Closeable {
  private static final int MAGIC = 0x46554747; // "GGUF", little endian
  private static final int VERSION = 3;
  private static final int ALIGNMENT = 32;

  private static final int UINT32 = 4;
  private static final int INT32 = 5;
  private static final int FLOAT32 = 6;
  private static final int BOOL = 7;
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  private final Map<String, Object> keys = new LinkedHashMap<>();
  private final List<GgufTensor> tensors = new ArrayList<>();
  private final Path target;
  private final AtomicFile file;
  private long end;
  private long position;
  private int written;

  private GgufWriter(Path target, AtomicFile file) {
    this.target = target;
    this.file = file;
  }

  /**
   * Begins a file.
   *
   * @throws IOException when it cannot be written
   */
  public static GgufWriter create(Path target) throws IOException {
    return new GgufWriter(target, AtomicFile.create(target));
  }

  /**
   * Sets a key.
   *
   * @param value an Integer (written as unsigned), Float, Boolean or String, an {@code int[]}, a
   *     {@code float[]}, or a list of Strings or of Booleans
   */
  public void put(String key, Object value) {
    keys.put(key, value);
  }

  /**
   * Announces a tensor; its place in the file follows from the order of the announcements.
   *
   * @param shape outermost dimension first
   */
  public void announce(String name, GgufType type, long... shape) {
    GgufTensor tensor = new GgufTensor(name, type, end, shape);
    if (tensor.columns() % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          name + " has rows of " + tensor.columns() + " values, no whole blocks of " + type);
    }
    tensors.add(tensor);
    end = aligned(end + tensor.storedBytes());
  }

  /** Bytes of all tensors that were announced. */
  public long dataBytes() {
    return end;
  }

  /** Writes keys and the list of tensors; nothing can be set or announced afterwards. */
  public void begin() throws IOException {
    Output head = new Output();
    head.i32(MAGIC);
    head.i32(VERSION);
    head.i64(tensors.size());
    head.i64(keys.size());
    for (Map.Entry<String, Object> key : keys.entrySet()) {
      head.text(key.getKey());
      head.value(key.getKey(), key.getValue());
    }
    for (GgufTensor tensor : tensors) {
      head.text(tensor.name());
      long[] shape = tensor.shape();
      head.i32(shape.length);
      for (int i = shape.length - 1; i >= 0; i--) {
        head.i64(shape[i]);
      }
      head.i32(tensor.type().id());
      head.i64(tensor.offset());
    }
    head.pad();
    position = file.write(ByteBuffer.wrap(head.bytes.toByteArray()), 0);
  }

  /**
   * Writes the next tensor.
   *
   * @param name its name, to be safe from a wrong order
   * @param pieces its bytes; each piece is used before the next is taken
   */
  public void write(String name, Iterator<ByteBuffer> pieces) throws IOException {
    GgufTensor tensor = tensors.get(written);
    if (!tensor.name().equals(name)) {
      throw new IllegalStateException("next is " + tensor.name() + ", not " + name);
    }
    long begin = position;
    while (pieces.hasNext()) {
      position = file.write(pieces.next(), position);
    }
    long length = position - begin;
    if (length != tensor.storedBytes()) {
      throw new IllegalStateException(
          name + " got " + length + " bytes, expected " + tensor.storedBytes());
    }
    int padding = (int) (aligned(length) - length);
    position = file.write(ByteBuffer.allocate(padding), position);
    written++;
  }

  /** Gives the complete file its name. */
  public void commit() throws IOException {
    if (written != tensors.size()) {
      throw new IllegalStateException(
          target + " has " + written + " of " + tensors.size() + " tensors");
    }
    file.commit();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private static long aligned(long length) {
    return (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Bytes in the order of the format, little endian. */
  private static final class Output {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);

    void i32(int value) {
      bytes.write(eight.putInt(0, value).array(), 0, 4);
    }

    void i64(long value) {
      bytes.write(eight.putLong(0, value).array(), 0, 8);
    }

    void text(String text) {
      byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
      i64(encoded.length);
      bytes.write(encoded, 0, encoded.length);
    }

    void value(String key, Object value) {
      if (value instanceof int[] numbers) {
        array(INT32, numbers.length);
        Arrays.stream(numbers).forEach(this::i32);
      } else if (value instanceof float[] numbers) {
        array(FLOAT32, numbers.length);
        for (float number : numbers) {
          i32(Float.floatToRawIntBits(number));
        }
      } else if (value instanceof List<?> list) {
        array(list.isEmpty() || list.get(0) instanceof String ? STRING : BOOL, list.size());
        list.forEach(item -> scalar(key, item));
      } else {
        i32(type(key, value));
        scalar(key, value);
      }
    }

    private void array(int type, int count) {
      i32(ARRAY);
      i32(type);
      i64(count);
    }

    private static int type(String key, Object value) {
      if (value instanceof Integer) {
        return UINT32;
      } else if (value instanceof Float) {
        return FLOAT32;
      } else if (value instanceof Boolean) {
        return BOOL;
      } else if (value instanceof String) {
        return STRING;
      }
      throw new IllegalArgumentException(key + " cannot be " + value.getClass());
    }

    private void scalar(String key, Object value) {
      switch (type(key, value)) {
        case UINT32 -> i32((Integer) value);
        case FLOAT32 -> i32(Float.floatToRawIntBits((Float) value));
        case BOOL -> bytes.write((Boolean) value ? 1 : 0);
        default -> text((String) value);
      }
    }

    void pad() {
      while (bytes.size() % ALIGNMENT != 0) {
        bytes.write(0);
      }
    }
  }
}
