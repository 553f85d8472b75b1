/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.TensorHandle;
import java.util.Arrays;

/** A tensor in device memory: an address, sizes and strides. Views cost no call to the device. */
public final class CudaTensor implements TensorHandle {
  private final Memory memory;
  private final long address;
  private final DType dtype;
  private final long[] shape;
  private final long[] strides;
  private boolean closed;

  private CudaTensor(Memory memory, long address, DType dtype, long[] shape, long[] strides) {
    this.memory = memory;
    this.address = address;
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
  }

  public static CudaTensor empty(Driver driver, DType dtype, long... shape) {
    return empty(driver, false, dtype, shape);
  }

  /** The same in memory of the host that the device reaches. */
  public static CudaTensor emptyOnHost(Driver driver, DType dtype, long... shape) {
    return empty(driver, true, dtype, shape);
  }

  private static CudaTensor empty(Driver driver, boolean onHost, DType dtype, long... shape) {
    long[] sizes = shape.clone();
    Memory memory = new Memory(driver, count(sizes) * dtype.byteSize(), onHost);
    return new CudaTensor(memory, memory.address(), dtype, sizes, contiguous(sizes));
  }

  /** Whether its numbers lie in memory of the host. */
  public boolean isOnHost() {
    return memory.isOnHost();
  }

  /** The tensor behind a handle. */
  public static CudaTensor of(TensorHandle handle) {
    CudaTensor tensor = (CudaTensor) handle;
    if (tensor.closed) {
      throw new IllegalStateException(
          "tensor of shape " + Arrays.toString(tensor.shape) + " was freed");
    }
    return tensor;
  }

  static long[] contiguous(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= Math.max(shape[i], 1);
    }
    return strides;
  }

  public static long count(long[] shape) {
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    return count;
  }

  private CudaTensor with(long newAddress, DType type, long[] sizes, long[] steps) {
    return new CudaTensor(memory.share(), newAddress, type, sizes, steps);
  }

  public CudaTensor narrow(int dim, long start, long length) {
    if (start < 0 || length < 0 || start + length > shape[dim]) {
      throw new IndexOutOfBoundsException(
          "entries %d to %d of dimension %d of %s"
              .formatted(start, start + length, dim, Arrays.toString(shape)));
    }
    long[] sizes = shape.clone();
    sizes[dim] = length;
    return with(address + start * strides[dim] * dtype.byteSize(), dtype, sizes, strides);
  }

  public CudaTensor permute(long... order) {
    long[] sizes = new long[order.length];
    long[] steps = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      sizes[i] = shape[(int) order[i]];
      steps[i] = strides[(int) order[i]];
    }
    return with(address, dtype, sizes, steps);
  }

  public CudaTensor reinterpret(DType type) {
    if (!isContiguous()) {
      throw new IllegalStateException("a strided view cannot be read as another type");
    }
    long elements = count() * dtype.byteSize() / type.byteSize();
    return with(address, type, new long[] {elements}, new long[] {1});
  }

  public CudaTensor view(long... wanted) {
    long[] sizes = wanted.clone();
    long known = 1;
    int open = -1;
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] == -1) {
        open = i;
      } else {
        known *= sizes[i];
      }
    }
    if (open >= 0) {
      sizes[open] = known == 0 ? 0 : count() / known;
    }
    if (count(sizes) != count()) {
      throw new IllegalArgumentException(
          "shape %s is invalid for %s".formatted(Arrays.toString(wanted), Arrays.toString(shape)));
    }
    return with(address, dtype, sizes, viewStrides(sizes));
  }

  /** Matches runs of old dimensions that lie without gaps with runs of new ones, as torch does. */
  private long[] viewStrides(long[] sizes) {
    if (isContiguous()) {
      return contiguous(sizes);
    }
    long[] steps = new long[sizes.length];
    int to = sizes.length - 1;
    int from = shape.length - 1;
    while (from >= 0) {
      long step = strides[from];
      long run = shape[from];
      while (from > 0 && (shape[from - 1] == 1 || strides[from - 1] == run * step)) {
        from--;
        run *= shape[from];
      }
      long covered = 1;
      while (to >= 0 && (covered < run || sizes[to] == 1)) {
        steps[to] = covered * step;
        covered *= sizes[to];
        to--;
      }
      if (covered != run) {
        throw new IllegalArgumentException(
            "a view of shape %s is impossible: %s has strides %s"
                .formatted(
                    Arrays.toString(sizes), Arrays.toString(shape), Arrays.toString(strides)));
      }
      from--;
    }
    return steps;
  }

  public long address() {
    return address;
  }

  public long[] strides() {
    return strides;
  }

  public int rank() {
    return shape.length;
  }

  public long size(int dim) {
    return shape[dim];
  }

  public long count() {
    return count(shape);
  }

  public long bytes() {
    return count() * dtype.byteSize();
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public long[] shape() {
    return shape;
  }

  @Override
  public boolean isContiguous() {
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      if (shape[i] != 1 && strides[i] != stride) {
        return false;
      }
      stride *= shape[i];
    }
    return true;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      memory.leave();
    }
  }
}
