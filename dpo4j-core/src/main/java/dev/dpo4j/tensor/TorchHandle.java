/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

/** A tensor of the bundled engine. */
final class TorchHandle implements TensorHandle {
  private final org.bytedeco.pytorch.Tensor tensor;
  private final long[] shape;

  /** Wraps a tensor whose shape is known: asking for it takes a call for each dimension. */
  TorchHandle(org.bytedeco.pytorch.Tensor tensor, long[] shape) {
    this.tensor = tensor;
    this.shape = shape;
  }

  TorchHandle(org.bytedeco.pytorch.Tensor tensor) {
    this.tensor = tensor;
    this.shape = new long[(int) tensor.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = tensor.size(i);
    }
  }

  /** The engine's tensor behind a handle. */
  static org.bytedeco.pytorch.Tensor unwrap(TensorHandle handle) {
    return ((TorchHandle) handle).tensor;
  }

  @Override
  public DType dtype() {
    return Natives.dtype(tensor.scalar_type());
  }

  @Override
  public long[] shape() {
    return shape;
  }

  @Override
  public boolean isContiguous() {
    return tensor.is_contiguous();
  }

  @Override
  public long version() {
    return tensor._version();
  }

  @Override
  public void close() {
    tensor.close();
  }
}
