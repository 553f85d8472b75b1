/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import dev.dpo4j.safetensors.TensorSpec;
import dev.dpo4j.tensor.DType;

/**
 * A tensor in a GGUF file.
 *
 * @param spec name in the file, float32, and shape outermost first (the file counts from inside)
 * @param type how the values are stored
 * @param offset first byte, counted from the start of the file's data section
 */
public record GgufTensor(TensorSpec spec, GgufType type, long offset) {
  /** The name in the file, such as {@code blk.0.attn_q.weight}. */
  public String name() {
    return spec.name();
  }

  /** Values in one row: the innermost dimension. */
  public long columns() {
    long[] shape = spec.shape();
    return shape[shape.length - 1];
  }

  /** Bytes of one row as stored. */
  public long rowBytes() {
    return columns() / type.blockSize() * type.blockBytes();
  }

  /** Bytes of the tensor as stored. */
  public long storedBytes() {
    return spec.elementCount() / type.blockSize() * type.blockBytes();
  }

  static GgufTensor of(String name, GgufType type, long offset, long[] shape) {
    return new GgufTensor(new TensorSpec(name, DType.FLOAT32, shape), type, offset);
  }
}
