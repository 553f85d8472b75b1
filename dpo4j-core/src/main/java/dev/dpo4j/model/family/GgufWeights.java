/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model.family;

import dev.dpo4j.gguf.GgufArchitecture;
import dev.dpo4j.gguf.GgufDescription;
import dev.dpo4j.gguf.GgufException;
import dev.dpo4j.gguf.GgufFile;
import dev.dpo4j.gguf.GgufNames;
import dev.dpo4j.gguf.GgufTensor;
import dev.dpo4j.gguf.Quantizer;
import dev.dpo4j.quant.GgufWeight;
import dev.dpo4j.quant.PackedSource;
import dev.dpo4j.quant.PackedWeight;
import dev.dpo4j.safetensors.TensorInfo;
import dev.dpo4j.safetensors.TensorSource;
import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a GGUF file as a Hugging Face checkpoint would hold them: under its names,
 * dequantised, and with the rows of query and key of Llama in its order. A tensor without a
 * counterpart keeps the name of the file.
 *
 * <p>Values are decoded when they are asked for; reading in windows keeps memory small.
 */
public final class GgufWeights implements TensorSource, PackedSource {
  private static final long MAX_HEAD_VALUES = 1 << 28;

  private final GgufFile file;
  private final DType dtype;
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, Part> parts = new LinkedHashMap<>();

  /**
   * Sees a file's tensors as weights; the file is closed with them.
   *
   * @param file an open file
   * @param description how the file's tensors are to be read
   * @param dtype element type to give the values: float32, or bfloat16 rounded to nearest even
   */
  public GgufWeights(GgufFile file, GgufDescription description, DType dtype) {
    if (dtype != DType.FLOAT32 && dtype != DType.BFLOAT16) {
      throw new IllegalArgumentException("GGUF weights are read as float32 or bfloat16");
    }
    this.file = file;
    this.dtype = dtype;
    GgufArchitecture architecture = description.architecture();
    for (GgufTensor tensor : file.tensors().values()) {
      String name = GgufNames.toHuggingFace(architecture, tensor.name());
      Optional<String> experts = GgufNames.toExperts(tensor.name());
      if (experts.isPresent() && tensor.shape().length == 3) {
        addExperts(experts.get(), tensor);
      } else if (!GgufNames.isAbsorbed(tensor.name())
          && !name.equals(description.droppedTensor())) {
        boolean head = name.equals(GgufNames.HEAD) && description.tieWordEmbeddings();
        boolean shifted = architecture.hasShiftedNorms() && name.endsWith("norm.weight");
        int heads = description.rotaryHeads(tensor.name());
        add(head ? GgufNames.EMBEDDING : name, tensor, heads, shifted);
      }
    }
  }

  /** One tensor of the file holds the matrices of all experts. */
  private void addExperts(String names, GgufTensor tensor) {
    long[] shape = tensor.shape();
    long[] one = {shape[1], shape[2]};
    for (int expert = 0; expert < shape[0]; expert++) {
      long first = expert * shape[1];
      put(names.formatted(expert), tensor, one, new Part(tensor, shape[1], 0, first, 0));
    }
  }

  /**
   * A tensor and how its rows lie.
   *
   * @param rows number of rows to read one by one; 1 for vectors in their own order
   * @param headRows rows of one head whose halves are interleaved in the file; 0 for none
   * @param firstRow where it begins in a tensor that holds several
   * @param offset what the file adds to each value
   */
  private record Part(GgufTensor tensor, long rows, long headRows, long firstRow, float offset) {}

  private void add(String name, GgufTensor tensor, int heads, boolean shifted) {
    long[] shape = tensor.shape();
    long rows = shape.length == 1 && heads == 0 ? 1 : shape[0];
    long headRows = heads == 0 ? 0 : shape[0] / heads;
    if (heads > 0
        && (shape[0] % (2L * heads) != 0
            || headRows > MAX_HEAD_VALUES / (tensor.elementCount() / shape[0]))) {
      throw new GgufException(
          file.path(),
          "tensor \"" + tensor.name() + "\" has " + shape[0] + " rows for " + heads + " heads",
          GgufException.FETCH_AGAIN);
    }
    put(name, tensor, shape, new Part(tensor, rows, headRows, 0, shifted ? 1 : 0));
  }

  private void put(String name, GgufTensor tensor, long[] shape, Part part) {
    TensorSpec spec = new TensorSpec(name, dtype, shape);
    TensorInfo info = new TensorInfo(spec, tensor.offset(), tensor.offset() + tensor.storedBytes());
    if (tensors.put(name, info) != null) {
      throw new GgufException(
          file.path(), "two tensors stand for \"" + name + "\"", GgufException.FETCH_AGAIN);
    }
    parts.put(name, part);
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public ByteBuffer bytes(String name, long offset, int length) {
    TensorInfo info = info(name);
    long size = info.byteSize();
    Objects.checkFromIndexSize(offset, (long) length, size);
    int width = dtype.byteSize();
    if (offset % width != 0 || length % width != 0) {
      throw new IndexOutOfBoundsException(
          "offset " + offset + " and length " + length + " are not whole elements");
    }
    ByteBuffer result = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    Part part = Objects.requireNonNull(parts.get(name));
    long columns = info.elementCount() / Math.max(1, part.rows());
    long first = offset / width;
    long end = first + length / width;
    if (part.headRows() == 0) {
      readStraight(part, first, end, result);
    } else {
      readHeads(part, columns, first, end, result);
    }
    return result.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Reads a matrix in the blocks of the file; rows stand in the order of a Hugging Face checkpoint.
   */
  @Override
  public @Nullable PackedWeight packed(String name) {
    Part part = parts.get(name);
    if (part == null || !part.tensor().type().isPacked() || part.tensor().shape().length != 2) {
      return null;
    }
    ByteBuffer stored = file.bytes(part.tensor());
    return new GgufWeight(part.tensor().type(), inOrder(part, stored));
  }

  /** Puts the halves of heads one behind the other; rows are whole blocks. */
  private static ByteBuffer inOrder(Part part, ByteBuffer stored) {
    if (part.headRows() == 0) {
      return stored;
    }
    int rowBytes = (int) part.tensor().rowBytes();
    int headRows = (int) part.headRows();
    ByteBuffer ordered = ByteBuffer.allocate(stored.remaining());
    for (int row = 0; row < part.rows(); row++) {
      int from = GgufArchitecture.interleaved(row, headRows);
      ordered.put(stored.slice(from * rowBytes, rowBytes));
    }
    return ordered.flip();
  }

  private void readStraight(Part part, long first, long end, ByteBuffer result) {
    GgufTensor tensor = part.tensor();
    long columns = tensor.columns();
    long rowsAtOnce = Math.max(1, (1 << 18) / columns);
    for (long row = first / columns; row * columns < end; row += rowsAtOnce) {
      long rows = Math.min(rowsAtOnce, (end + columns - 1) / columns - row);
      float[] values = new float[(int) (rows * columns)];
      file.dequantize(tensor, part.firstRow() + row, values);
      for (int i = 0; part.offset() != 0 && i < values.length; i++) {
        values[i] -= part.offset();
      }
      int from = (int) Math.max(0, first - row * columns);
      int to = (int) Math.min(values.length, end - row * columns);
      put(values, from, to, result);
    }
  }

  /**
   * Rows {@code i} of both halves of a head lie side by side in the file: row {@code 2i + half}.
   * The rows of a head are read together and handed out half by half.
   */
  private void readHeads(Part part, long columns, long first, long end, ByteBuffer result) {
    int headRows = (int) part.headRows();
    int width = (int) columns;
    long headSize = part.headRows() * columns;
    float[] values = new float[Math.toIntExact(headSize)];
    for (long head = first / headSize; head * headSize < end; head++) {
      readHead(part.tensor(), head * headRows, columns, values);
      for (int row = 0; row < headRows; row++) {
        long start = head * headSize + row * columns;
        int from = (int) Math.max(0, Math.min(columns, first - start));
        int to = (int) Math.max(0, Math.min(columns, end - start));
        int stored = GgufArchitecture.interleaved(row, headRows);
        if (from < to) {
          put(values, stored * width + from, stored * width + to, result);
        }
      }
    }
  }

  private void readHead(GgufTensor tensor, long row, long columns, float[] values) {
    if (tensor.shape().length > 1) {
      file.dequantize(tensor, row, values);
      return;
    }
    // A bias is one row of the file whose elements are the rows of the heads.
    float[] whole = new float[(int) tensor.columns()];
    file.dequantize(tensor, 0, whole);
    System.arraycopy(whole, (int) (row * columns), values, 0, values.length);
  }

  private void put(float[] values, int from, int to, ByteBuffer result) {
    for (int i = from; i < to; i++) {
      if (dtype == DType.FLOAT32) {
        result.putFloat(values[i]);
      } else {
        result.putShort(Quantizer.toBfloat16(values[i]));
      }
    }
  }

  @Override
  public void close() {
    file.close();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}
