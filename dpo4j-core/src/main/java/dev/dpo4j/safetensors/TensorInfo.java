/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.safetensors;

import dev.dpo4j.tensor.DType;

/**
 * A tensor in a file: its spec and where its bytes lie.
 *
 * @param spec name, element type and shape
 * @param begin first byte, counted from the start of the file's data section
 * @param end the byte after the last one
 */
public record TensorInfo(TensorSpec spec, long begin, long end) {
  /** The tensor's full name. */
  public String name() {
    return spec.name();
  }

  /** The type of the elements. */
  public DType dtype() {
    return spec.dtype();
  }

  /** A copy of the dimensions, outermost first. */
  public long[] shape() {
    return spec.shape();
  }

  /** The number of elements. */
  public long elementCount() {
    return spec.elementCount();
  }

  /** The bytes of the values as {@link TensorSource#bytes} gives them. */
  public long byteSize() {
    return spec.byteSize();
  }
}
