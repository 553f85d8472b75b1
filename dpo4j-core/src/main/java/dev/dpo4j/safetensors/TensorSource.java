/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.io.ModelFileException;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.Map;

/**
 * Named tensors that can be read one after another: a safetensors file, all shards of a folder, or
 * another container with the same contents.
 */
public interface TensorSource extends Closeable {
  /** All tensors by name, in the order of the file. */
  Map<String, TensorInfo> tensors();

  /**
   * The values of one tensor, row-major, little endian, read-only. The address is not always a
   * multiple of the element size.
   *
   * @throws ModelFileException when there is no such tensor, it has more than 2 GB (read it in
   *     windows), or the file cannot be read
   */
  default ByteBuffer bytes(String name) {
    long size = info(name).byteSize();
    if (size > Integer.MAX_VALUE) {
      throw new ModelFileException(
          this
              + ": tensor \""
              + name
              + "\" has "
              + size
              + " bytes, more than one buffer holds (2147483647). Read it in windows with"
              + " bytes(name, offset, length).");
    }
    return bytes(name, 0, (int) size);
  }

  /**
   * A window into the values of one tensor.
   *
   * @param offset first byte, counted from the start of the tensor
   * @param length bytes of the window
   * @throws ModelFileException when there is no such tensor or the file cannot be read
   * @throws IndexOutOfBoundsException when the window leaves the tensor
   */
  ByteBuffer bytes(String name, long offset, int length);

  /**
   * Values of one tensor as float32, whatever its element type is.
   *
   * @param first the first value, counted from the start of the tensor
   * @param count how many
   * @throws ModelFileException when there is no such tensor or the file cannot be read
   * @throws IndexOutOfBoundsException when they leave the tensor
   */
  default float[] floats(String name, long first, int count) {
    DType dtype = info(name).dtype();
    int size = dtype.byteSize();
    try (Scope scope = Scope.open()) {
      ByteBuffer bytes = bytes(name, first * size, Math.multiplyExact(count, size));
      return Tensor.fromBytes(bytes, dtype, count).to(DType.FLOAT32).toFloats();
    }
  }

  /**
   * The tensor of a name.
   *
   * @throws ModelFileException when there is none
   */
  default TensorInfo info(String name) {
    TensorInfo info = tensors().get(name);
    if (info == null) {
      throw new ModelFileException(
          this + ": there is no tensor \"" + name + "\" among the " + tensors().size() + " here.");
    }
    return info;
  }

  /** Closes the files; buffers that were handed out stay readable. Never throws. */
  @Override
  void close();
}
