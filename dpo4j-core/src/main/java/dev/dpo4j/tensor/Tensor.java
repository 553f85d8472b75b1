/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import dev.dpo4j.tensor.Backend.Binary;
import dev.dpo4j.tensor.Backend.Reduction;
import dev.dpo4j.tensor.Backend.Unary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A dense array of numbers in native memory.
 *
 * <p>Names that end in an underscore change this tensor in place and return it, as in torch. A view
 * ({@link #narrow}, {@link #view}, {@link #transpose}, {@link #permute}) shares memory with the
 * tensor it was made from. Memory belongs to the innermost open {@link Scope}, or to the caller
 * where none is open. All methods must be called from the one thread that drives the engine.
 */
public final class Tensor implements AutoCloseable {
  /** The most bytes that a copy to a Java array may have. */
  private static final long MAX_ARRAY = Integer.MAX_VALUE - 16;

  private static final AtomicLong LIVE = new AtomicLong();

  private final Backend backend;
  private final TensorHandle handle;
  private final long[] shape;
  private boolean closed;

  Tensor(Backend backend, TensorHandle handle) {
    this.backend = backend;
    this.handle = handle;
    this.shape = handle.shape();
    LIVE.incrementAndGet();
    Scope.register(this);
  }

  /** How many tensors (views included) are alive in the process. */
  public static long live() {
    return LIVE.get();
  }

  // ---- making

  /** Returns a tensor of uninitialised memory. */
  public static Tensor empty(DType dtype, long... shape) {
    Backend backend = Backends.current();
    return new Tensor(backend, backend.empty(dtype, shape));
  }

  /** Returns a tensor of zeros. */
  public static Tensor zeros(DType dtype, long... shape) {
    return empty(dtype, shape).zero_();
  }

  /** Returns a float32 tensor with a copy of {@code values}. */
  public static Tensor ofFloats(float[] values, long... shape) {
    checkCount(values.length, shape);
    ByteBuffer bytes = buffer((long) values.length * Float.BYTES);
    bytes.asFloatBuffer().put(values);
    return fromBytes(bytes, DType.FLOAT32, shape);
  }

  /** Returns a float64 tensor with a copy of {@code values}. */
  public static Tensor ofDoubles(double[] values, long... shape) {
    checkCount(values.length, shape);
    ByteBuffer bytes = buffer((long) values.length * Double.BYTES);
    bytes.asDoubleBuffer().put(values);
    return fromBytes(bytes, DType.FLOAT64, shape);
  }

  /** Returns an int64 tensor with a copy of {@code values}, as index operations want it. */
  public static Tensor ofInts(int[] values, long... shape) {
    checkCount(values.length, shape);
    ByteBuffer bytes = buffer((long) values.length * Long.BYTES);
    LongBuffer wide = bytes.asLongBuffer();
    for (int value : values) {
      wide.put(value);
    }
    return fromBytes(bytes, DType.INT64, shape);
  }

  /** Returns an int32 tensor with a copy of {@code values}. */
  public static Tensor ofInt32(int[] values, long... shape) {
    checkCount(values.length, shape);
    ByteBuffer bytes = buffer((long) values.length * Integer.BYTES);
    bytes.asIntBuffer().put(values);
    return fromBytes(bytes, DType.INT32, shape);
  }

  private static ByteBuffer buffer(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns a tensor with a copy of the little-endian bytes that remain in {@code bytes}. */
  public static Tensor fromBytes(ByteBuffer bytes, DType dtype, long... shape) {
    Tensor tensor = empty(dtype, shape);
    long expected = tensor.count() * dtype.byteSize();
    if (bytes.remaining() != expected) {
      throw new IllegalArgumentException(
          "shape %s of %s takes %d bytes but %d were given"
              .formatted(Arrays.toString(shape), dtype, expected, bytes.remaining()));
    }
    tensor.putBytes(0, bytes);
    return tensor;
  }

  private static void checkCount(long values, long[] shape) {
    long count = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (count != values) {
      throw new IllegalArgumentException(
          "shape %s holds %d elements but %d were given"
              .formatted(Arrays.toString(shape), count, values));
    }
  }

  // ---- facts

  /** The sizes, outermost first. */
  public long[] shape() {
    return shape.clone();
  }

  /** The size of dimension {@code dim}, counted from 0. */
  public long size(int dim) {
    return shape[dim];
  }

  /** The number of dimensions. */
  public int rank() {
    return shape.length;
  }

  /** The number of elements. */
  public long count() {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return count;
  }

  /** The element type. */
  public DType dtype() {
    return handle.dtype();
  }

  /**
   * A number that grows whenever its memory is written to, through it or another view of it; on a
   * card always 0.
   */
  public long version() {
    return handle().version();
  }

  /** What computes with it. */
  Backend backend() {
    return backend;
  }

  TensorHandle handle() {
    if (closed) {
      throw new IllegalStateException("tensor of shape " + Arrays.toString(shape) + " was freed");
    }
    return handle;
  }

  // ---- copies out and in

  /** Copies all elements to a Java array, converted to float. */
  public float[] toFloats() {
    float[] values = new float[arrayLength(Float.BYTES)];
    if (dtype() == DType.FLOAT32 && handle().isContiguous()) {
      backend.get(handle, values);
      return values;
    }
    bytesAs(DType.FLOAT32).asFloatBuffer().get(values);
    return values;
  }

  /** Copies all elements to a Java array, converted to double. */
  public double[] toDoubles() {
    double[] values = new double[arrayLength(Double.BYTES)];
    bytesAs(DType.FLOAT64).asDoubleBuffer().get(values);
    return values;
  }

  /** Copies all elements to a Java array, converted to int. */
  public int[] toInts() {
    int[] values = new int[arrayLength(Integer.BYTES)];
    bytesAs(DType.INT32).asIntBuffer().get(values);
    return values;
  }

  /** All elements in their order, converted. */
  private ByteBuffer bytesAs(DType dtype) {
    ByteBuffer bytes = buffer(count() * dtype.byteSize());
    if (dtype() == dtype && handle().isContiguous()) {
      backend.get(handle, 0, bytes);
    } else {
      try (TensorHandle flat = backend.empty(dtype, shape)) {
        backend.unary(Unary.COPY, flat, handle(), 0);
        backend.get(flat, 0, bytes);
      }
    }
    return bytes.flip();
  }

  /** The value of a tensor with one element. */
  public double item() {
    if (count() != 1) {
      throw new IllegalStateException("item() wants one element but shape is " + describe());
    }
    return toDoubles()[0];
  }

  private int arrayLength(int elementBytes) {
    if (count() > MAX_ARRAY / elementBytes) {
      throw new IllegalStateException(describe() + " does not fit into a Java array");
    }
    return (int) count();
  }

  /** Copies raw little-endian bytes of this contiguous tensor into {@code target}. */
  public void getBytes(long offset, ByteBuffer target) {
    checkWindow(offset, target.remaining());
    backend.get(handle, offset, target);
  }

  /** Overwrites raw bytes of this contiguous tensor from {@code offset} on. */
  public void putBytes(long offset, ByteBuffer source) {
    checkWindow(offset, source.remaining());
    backend.put(handle, offset, source);
  }

  /**
   * The memory of this contiguous tensor itself, little endian, for who reads or writes it from
   * several threads; null where it is not the process's own. It must not be used after the tensor
   * was freed.
   *
   * @throws IllegalStateException if it has more than 2 GB, or is a strided view
   */
  public @Nullable ByteBuffer memory() {
    long bytes = count() * dtype().byteSize();
    if (!handle().isContiguous() || bytes > Integer.MAX_VALUE) {
      throw new IllegalStateException("no single buffer holds " + describe());
    }
    return backend.memory(handle, (int) bytes);
  }

  /**
   * Where the numbers of this contiguous tensor lie, as its card counts; for libraries that compute
   * on the card. It must not be used after the tensor was freed.
   *
   * @throws IllegalStateException if it is a strided view
   * @throws UnsupportedOperationException if it is not of a card
   */
  public long address() {
    if (!handle().isContiguous()) {
      throw new IllegalStateException("a strided view has no single address: " + describe());
    }
    return backend.address(handle);
  }

  private void checkWindow(long offset, int length) {
    if (!handle().isContiguous()) {
      throw new IllegalStateException("bytes of a strided view were asked for: " + describe());
    }
    long total = count() * dtype().byteSize();
    if (offset < 0 || offset + length > total) {
      throw new IndexOutOfBoundsException(
          "bytes %d to %d of %d".formatted(offset, offset + length, total));
    }
  }

  // ---- views

  /** A view of {@code length} entries of dimension {@code dim} from {@code start} on. */
  public Tensor narrow(int dim, long start, long length) {
    return new Tensor(backend, backend.narrow(handle(), dim, start, length));
  }

  /** A view of the same memory in another shape; the strides must allow it. */
  public Tensor view(long... newShape) {
    return new Tensor(backend, backend.view(handle(), newShape));
  }

  /** A view with two dimensions exchanged. */
  public Tensor transpose(int a, int b) {
    long[] order = new long[rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i == a ? b : i == b ? a : i;
    }
    return permute(order);
  }

  /** A view with the dimensions in another order. */
  public Tensor permute(long... order) {
    return new Tensor(backend, backend.permute(handle(), order));
  }

  // ---- element by element

  /** A converted copy, or a plain copy where the type is the same already. */
  public Tensor to(DType dtype) {
    return empty(dtype, shape).copy_(this);
  }

  private Tensor apply(Unary op, Tensor x, double number) {
    backend.unary(op, handle(), x.handle(), number);
    return this;
  }

  private Tensor apply(Binary op, Tensor other, double alpha) {
    backend.binary(op, handle(), handle(), other.handle(), alpha);
    return this;
  }

  /** Copies {@code source}, converted and broadcast as needed. */
  public Tensor copy_(Tensor source) {
    return apply(Unary.COPY, source, 0);
  }

  /** Sets every element to zero. */
  public Tensor zero_() {
    return apply(Unary.FILL, this, 0);
  }

  /** Sets every element to {@code value}. */
  public Tensor fill_(double value) {
    return apply(Unary.FILL, this, value);
  }

  /** Adds {@code other}, broadcast as needed. */
  public Tensor add_(Tensor other) {
    return apply(Binary.ADD, other, 1);
  }

  /** Adds {@code alpha * other}. */
  public Tensor add_(Tensor other, double alpha) {
    return apply(Binary.ADD, other, alpha);
  }

  /** Adds a number to every element. */
  public Tensor add_(double value) {
    return apply(Unary.ADD, this, value);
  }

  /** Subtracts {@code other}, broadcast as needed. */
  public Tensor sub_(Tensor other) {
    return apply(Binary.SUBTRACT, other, 1);
  }

  /** Multiplies by {@code other}, broadcast as needed. */
  public Tensor mul_(Tensor other) {
    return apply(Binary.MULTIPLY, other, 1);
  }

  /** Multiplies every element by a number. */
  public Tensor mul_(double value) {
    return apply(Unary.MULTIPLY, this, value);
  }

  /** Adds {@code alpha * a * b}. */
  public Tensor addcmul_(Tensor a, Tensor b, double alpha) {
    backend.addcmul(handle(), a.handle(), b.handle(), alpha);
    return this;
  }

  /** Replaces every element by its exponential. */
  public Tensor exp_() {
    return apply(Unary.EXP, this, 0);
  }

  /** Replaces every element by its natural logarithm. */
  public Tensor log_() {
    return apply(Unary.LOG, this, 0);
  }

  /** Divides by {@code other}, broadcast as needed. */
  public Tensor div_(Tensor other) {
    return apply(Binary.DIVIDE, other, 1);
  }

  /** Replaces every element below {@code least} by it. */
  public Tensor clampMin_(double least) {
    return apply(Unary.AT_LEAST, this, least);
  }

  /** Replaces every element by its square root. */
  public Tensor sqrt_() {
    return apply(Unary.SQRT, this, 0);
  }

  /** Replaces every element by one over its square root. */
  public Tensor rsqrt_() {
    return apply(Unary.RSQRT, this, 0);
  }

  // ---- rows

  /** Adds row {@code i} of {@code source} to row {@code index[i]}. Rows may repeat. */
  public Tensor indexAdd_(Tensor index, Tensor source) {
    backend.addRows(handle(), index.handle(), source.handle());
    return this;
  }

  /** Copies row {@code i} of {@code source} to row {@code index[i]}. Rows must not repeat. */
  public Tensor indexCopy_(Tensor index, Tensor source) {
    backend.scatterRows(handle(), index.handle(), source.handle());
    return this;
  }

  // ---- reductions

  /** The sum over dimension {@code dim}, which stays with size 1. */
  public Tensor sum(int dim) {
    return reduce(Reduction.SUM, dim);
  }

  /** The largest element of each row of a matrix, shape {@code [rows, 1]}. */
  public Tensor rowMax() {
    return reduce(Reduction.MAX, rank() - 1);
  }

  private Tensor reduce(Reduction op, int dim) {
    long[] reduced = shape.clone();
    reduced[dim] = 1;
    Tensor out = empty(dtype(), reduced);
    backend.reduce(op, out.handle(), handle(), dim);
    return out;
  }

  /** The index of the largest element of each row, shape {@code [rows]}, int64. */
  public Tensor argmax() {
    Tensor out = empty(DType.INT64, Arrays.copyOf(shape, rank() - 1));
    backend.argmax(out.handle(), handle());
    return out;
  }

  /** The Euclidean norm of all elements, in float32 arithmetic for float32 elements. */
  public double norm() {
    return backend.norm(handle());
  }

  // ---- end of life

  /** Frees this tensor's hold on its memory. Freeing twice is harmless. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      LIVE.decrementAndGet();
      handle.close();
    }
  }

  private String describe() {
    return dtype() + Arrays.toString(shape);
  }

  @Override
  public String toString() {
    return closed ? "freed tensor " + Arrays.toString(shape) : describe();
  }
}
