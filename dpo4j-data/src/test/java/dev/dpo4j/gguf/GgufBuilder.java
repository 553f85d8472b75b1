/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes small GGUF files for the tests. */
public final class GgufBuilder {
  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final List<String> names = new ArrayList<>();
  private final List<long[]> shapes = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private final List<Integer> types = new ArrayList<>();

  /** A file of an architecture with a given number of layers and otherwise tiny sizes. */
  public static GgufBuilder tiny(String architecture) {
    return new GgufBuilder()
        .put("general.architecture", architecture)
        .put(architecture + ".embedding_length", 8)
        .put(architecture + ".block_count", 1)
        .put(architecture + ".feed_forward_length", 12)
        .put(architecture + ".attention.head_count", 4)
        .put(architecture + ".attention.head_count_kv", 2)
        .put(architecture + ".attention.key_length", 4)
        .put(architecture + ".attention.value_length", 4)
        .put(architecture + ".context_length", 64)
        .put(architecture + ".rope.freq_base", 500_000f)
        .put(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f)
        .put("tokenizer.ggml.eos_token_id", 2)
        .put("tokenizer.ggml.tokens", List.of("a", "\u4f60", "c"));
  }

  /** The tensors of a tiny Llama; element i of each has the value i. */
  public GgufBuilder llamaTensors() {
    return tensor("token_embd.weight", 20, 8)
        .tensor("blk.0.attn_norm.weight", 8)
        .tensor("blk.0.attn_q.weight", 16, 8)
        .tensor("blk.0.attn_k.weight", 8, 8)
        .tensor("blk.0.attn_v.weight", 8, 8)
        .tensor("blk.0.attn_output.weight", 8, 16)
        .tensor("blk.0.ffn_norm.weight", 8)
        .tensor("blk.0.ffn_gate.weight", 12, 8)
        .tensor("blk.0.ffn_up.weight", 12, 8)
        .tensor("blk.0.ffn_down.weight", 8, 12)
        .tensor("output_norm.weight", 8);
  }

  /** Sets a key: Integer as u32, Float, Boolean, String or a list of one of these. */
  public GgufBuilder put(String key, Object value) {
    metadata.put(key, value);
    return this;
  }

  /** Removes a key. */
  public GgufBuilder remove(String key) {
    metadata.remove(key);
    return this;
  }

  /** Adds a tensor, shape outermost first, whose element i has the value i. */
  public GgufBuilder tensor(String name, long... shape) {
    int count = 1;
    for (long dimension : shape) {
      count *= (int) dimension;
    }
    float[] data = new float[count];
    for (int i = 0; i < count; i++) {
      data[i] = i;
    }
    return tensor(name, data, shape);
  }

  /** Adds a tensor, shape outermost first. */
  public GgufBuilder tensor(String name, float[] data, long... shape) {
    ByteBuffer bytes = ByteBuffer.allocate(data.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(data);
    return tensor(name, 0, bytes.array(), shape);
  }

  /** Adds a tensor in the blocks of a type, by its number in the format. */
  public GgufBuilder tensor(String name, int type, byte[] data, long... shape) {
    names.add(name);
    shapes.add(shape.clone());
    values.add(data.clone());
    types.add(type);
    return this;
  }

  /** The bytes of the file. */
  public byte[] build() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    i32(out, 3);
    i64(out, names.size());
    i64(out, metadata.size());
    metadata.forEach(
        (key, value) -> {
          string(out, key);
          value(out, value);
        });
    long offset = 0;
    for (int i = 0; i < names.size(); i++) {
      string(out, names.get(i));
      long[] shape = shapes.get(i);
      i32(out, shape.length);
      for (int d = shape.length - 1; d >= 0; d--) {
        i64(out, shape[d]);
      }
      i32(out, types.get(i));
      i64(out, offset);
      offset += padded(values.get(i).length);
    }
    pad(out);
    for (byte[] data : values) {
      out.writeBytes(data);
      pad(out);
    }
    return out.toByteArray();
  }

  private static void value(ByteArrayOutputStream out, Object value) {
    if (value instanceof Integer number) {
      i32(out, 4);
      i32(out, number);
    } else if (value instanceof Float number) {
      i32(out, 6);
      i32(out, Float.floatToIntBits(number));
    } else if (value instanceof Boolean flag) {
      i32(out, 7);
      out.write(flag ? 1 : 0);
    } else if (value instanceof String text) {
      i32(out, 8);
      string(out, text);
    } else if (value instanceof List<?> list) {
      i32(out, 9);
      Object first = list.get(0);
      i32(out, first instanceof Integer ? 5 : first instanceof Float ? 6 : 8);
      i64(out, list.size());
      for (Object item : list) {
        if (item instanceof String text) {
          string(out, text);
        } else {
          i32(out, item instanceof Float f ? Float.floatToIntBits(f) : (Integer) item);
        }
      }
    } else {
      throw new IllegalArgumentException(String.valueOf(value));
    }
  }

  private static void string(ByteArrayOutputStream out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    i64(out, bytes.length);
    out.writeBytes(bytes);
  }

  private static void pad(ByteArrayOutputStream out) {
    out.writeBytes(new byte[padded(out.size()) - out.size()]);
  }

  private static int padded(int size) {
    return (size + 31) / 32 * 32;
  }

  private static void i32(ByteArrayOutputStream out, int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
  }

  private static void i64(ByteArrayOutputStream out, long value) {
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
  }
}
