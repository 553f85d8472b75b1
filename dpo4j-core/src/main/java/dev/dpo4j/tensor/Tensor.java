/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/**
 * A dense array of numbers in native memory.
 *
 * <p>Names that end in an underscore change this tensor in place and return it, as in torch. A view
 * ({@link #narrow}, {@link #view}, {@link #transpose}, {@link #permute}) shares memory with the
 * tensor it was made from. Memory belongs to the innermost open {@link Scope}, or to the caller
 * where none is open. All methods must be called from the one thread that drives the engine.
 */
public final class Tensor implements AutoCloseable {
  /** The most elements that a copy to a Java array may have. */
  private static final long MAX_ARRAY = Integer.MAX_VALUE - 16;

  private static final AtomicLong LIVE = new AtomicLong();

  private final org.bytedeco.pytorch.Tensor handle;
  private final long[] shape;
  private boolean closed;

  Tensor(org.bytedeco.pytorch.Tensor handle) {
    this.handle = handle;
    this.shape = new long[(int) handle.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = handle.size(i);
    }
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
    Engine.ensureStarted();
    return new Tensor(Natives.empty(dtype, shape));
  }

  /** Returns a tensor of zeros. */
  public static Tensor zeros(DType dtype, long... shape) {
    return empty(dtype, shape).zero_();
  }

  /** Returns a float32 tensor with a copy of {@code values}. */
  public static Tensor ofFloats(float[] values, long... shape) {
    checkCount(values.length, shape);
    Tensor tensor = empty(DType.FLOAT32, shape);
    if (values.length > 0) {
      Natives.floats(tensor.handle).put(values, 0, values.length);
    }
    return tensor;
  }

  /** Returns a float64 tensor with a copy of {@code values}. */
  public static Tensor ofDoubles(double[] values, long... shape) {
    checkCount(values.length, shape);
    Tensor tensor = empty(DType.FLOAT64, shape);
    if (values.length > 0) {
      Natives.doubles(tensor.handle).put(values, 0, values.length);
    }
    return tensor;
  }

  /** Returns an int64 tensor with a copy of {@code values}, as index operations want it. */
  public static Tensor ofInts(int[] values, long... shape) {
    checkCount(values.length, shape);
    Tensor tensor = empty(DType.INT64, shape);
    if (values.length > 0) {
      long[] wide = Arrays.stream(values).asLongStream().toArray();
      Natives.longs(tensor.handle).put(wide, 0, wide.length);
    }
    return tensor;
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
    return Natives.dtype(handle.scalar_type());
  }

  org.bytedeco.pytorch.Tensor handle() {
    if (closed) {
      throw new IllegalStateException("tensor of shape " + Arrays.toString(shape) + " was freed");
    }
    return handle;
  }

  // ---- copies out and in

  /** Copies all elements to a Java array, converted to float. */
  public float[] toFloats() {
    float[] values = new float[arrayLength()];
    if (values.length > 0) {
      try (org.bytedeco.pytorch.Tensor wide = handle().to(torch.ScalarType.Float);
          org.bytedeco.pytorch.Tensor flat = wide.contiguous()) {
        Natives.floats(flat).get(values, 0, values.length);
      }
    }
    return values;
  }

  /** Copies all elements to a Java array, converted to double. */
  public double[] toDoubles() {
    double[] values = new double[arrayLength()];
    if (values.length > 0) {
      try (org.bytedeco.pytorch.Tensor wide = handle().to(torch.ScalarType.Double);
          org.bytedeco.pytorch.Tensor flat = wide.contiguous()) {
        Natives.doubles(flat).get(values, 0, values.length);
      }
    }
    return values;
  }

  /** Copies all elements to a Java array, converted to int. */
  public int[] toInts() {
    int[] values = new int[arrayLength()];
    if (values.length > 0) {
      try (org.bytedeco.pytorch.Tensor narrowed = handle().to(torch.ScalarType.Int);
          org.bytedeco.pytorch.Tensor flat = narrowed.contiguous()) {
        Natives.ints(flat).get(values, 0, values.length);
      }
    }
    return values;
  }

  /** The value of a tensor with one element. */
  public double item() {
    if (count() != 1) {
      throw new IllegalStateException("item() wants one element but shape is " + describe());
    }
    return toDoubles()[0];
  }

  private int arrayLength() {
    if (count() > MAX_ARRAY) {
      throw new IllegalStateException(describe() + " does not fit into a Java array");
    }
    return (int) count();
  }

  /** Copies raw little-endian bytes of this contiguous tensor into {@code target}. */
  public void getBytes(long offset, ByteBuffer target) {
    ByteBuffer bytes = window(offset, target.remaining());
    target.put(bytes);
  }

  /** Overwrites raw bytes of this contiguous tensor from {@code offset} on. */
  public void putBytes(long offset, ByteBuffer source) {
    ByteBuffer bytes = window(offset, source.remaining());
    bytes.put(source);
  }

  private ByteBuffer window(long offset, int length) {
    if (!handle().is_contiguous()) {
      throw new IllegalStateException("bytes of a strided view were asked for: " + describe());
    }
    long total = count() * dtype().byteSize();
    if (offset < 0 || offset + length > total) {
      throw new IndexOutOfBoundsException(
          "bytes %d to %d of %d".formatted(offset, offset + length, total));
    }
    if (length == 0) {
      return ByteBuffer.allocate(0);
    }
    try (BytePointer pointer = Natives.bytes(handle, offset, length)) {
      return pointer.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  // ---- views

  /** A view of {@code length} entries of dimension {@code dim} from {@code start} on. */
  public Tensor narrow(int dim, long start, long length) {
    return new Tensor(handle().narrow(dim, start, length));
  }

  /** A view of the same memory in another shape; the strides must allow it. */
  public Tensor view(long... newShape) {
    return new Tensor(handle().view(newShape));
  }

  /** A view with two dimensions exchanged. */
  public Tensor transpose(int a, int b) {
    return new Tensor(handle().transpose(a, b));
  }

  /** A view with the dimensions in another order. */
  public Tensor permute(long... order) {
    return new Tensor(handle().permute(order));
  }

  // ---- element by element

  /** A converted copy, or a plain copy where the type is the same already. */
  public Tensor to(DType dtype) {
    return empty(dtype, shape).copy_(this);
  }

  /** Copies {@code source}, converted and broadcast as needed. */
  public Tensor copy_(Tensor source) {
    Natives.done(handle, handle().copy_(source.handle()));
    return this;
  }

  /** Sets every element to zero. */
  public Tensor zero_() {
    Natives.done(handle, handle().zero_());
    return this;
  }

  /** Sets every element to {@code value}. */
  public Tensor fill_(double value) {
    try (Scalar scalar = new Scalar(value)) {
      Natives.done(handle, handle().fill_(scalar));
    }
    return this;
  }

  /** Adds {@code other}, broadcast as needed. */
  public Tensor add_(Tensor other) {
    Natives.done(handle, handle().add_(other.handle()));
    return this;
  }

  /** Adds {@code alpha * other}. */
  public Tensor add_(Tensor other, double alpha) {
    try (Scalar scalar = new Scalar(alpha)) {
      Natives.done(handle, handle().add_(other.handle(), scalar));
    }
    return this;
  }

  /** Adds a number to every element. */
  public Tensor add_(double value) {
    try (Scalar scalar = new Scalar(value)) {
      Natives.done(handle, handle().add_(scalar));
    }
    return this;
  }

  /** Subtracts {@code other}, broadcast as needed. */
  public Tensor sub_(Tensor other) {
    Natives.done(handle, handle().sub_(other.handle()));
    return this;
  }

  /** Multiplies by {@code other}, broadcast as needed. */
  public Tensor mul_(Tensor other) {
    Natives.done(handle, handle().mul_(other.handle()));
    return this;
  }

  /** Multiplies every element by a number. */
  public Tensor mul_(double value) {
    try (Scalar scalar = new Scalar(value)) {
      Natives.done(handle, handle().mul_(scalar));
    }
    return this;
  }

  /** Adds {@code alpha * a * b}. */
  public Tensor addcmul_(Tensor a, Tensor b, double alpha) {
    try (Scalar scalar = new Scalar(alpha)) {
      Natives.done(handle, handle().addcmul_(a.handle(), b.handle(), scalar));
    }
    return this;
  }

  /** Replaces every element by its exponential. */
  public Tensor exp_() {
    Natives.done(handle, handle().exp_());
    return this;
  }

  /** Replaces every element by its natural logarithm. */
  public Tensor log_() {
    Natives.done(handle, handle().log_());
    return this;
  }

  /** Divides by {@code other}, broadcast as needed. */
  public Tensor div_(Tensor other) {
    Natives.done(handle, handle().div_(other.handle()));
    return this;
  }

  /** Replaces every element below {@code least} by it. */
  public Tensor clampMin_(double least) {
    try (Scalar scalar = new Scalar(least)) {
      Natives.done(handle, handle().clamp_min_(scalar));
    }
    return this;
  }

  /** Replaces every element by its square root. */
  public Tensor sqrt_() {
    Natives.done(handle, handle().sqrt_());
    return this;
  }

  /** Replaces every element by one over its square root. */
  public Tensor rsqrt_() {
    Natives.done(handle, handle().rsqrt_());
    return this;
  }

  // ---- rows

  /** Adds row {@code i} of {@code source} to row {@code index[i]}. Rows may repeat. */
  public Tensor indexAdd_(Tensor index, Tensor source) {
    Natives.done(handle, handle().index_add_(0, index.handle(), source.handle()));
    return this;
  }

  /** Copies row {@code i} of {@code source} to row {@code index[i]}. Rows must not repeat. */
  public Tensor indexCopy_(Tensor index, Tensor source) {
    Natives.done(handle, handle().index_copy_(0, index.handle(), source.handle()));
    return this;
  }

  // ---- reductions

  /** The sum over dimension {@code dim}, which stays with size 1. */
  public Tensor sum(int dim) {
    return new Tensor(handle().sum(new long[] {dim}, true, null));
  }

  /** The largest element of each row of a matrix, shape {@code [rows, 1]}. */
  public Tensor rowMax() {
    return new Tensor(torch.amax(handle(), new long[] {rank() - 1}, true));
  }

  /** The index of the largest element of each row, shape {@code [rows]}, int64. */
  public Tensor argmax() {
    try (org.bytedeco.pytorch.LongOptional last =
        new org.bytedeco.pytorch.LongOptional(rank() - 1L)) {
      return new Tensor(handle().argmax(last, false));
    }
  }

  /** The Euclidean norm of all elements, in float32 arithmetic for float32 elements. */
  public double norm() {
    try (org.bytedeco.pytorch.Tensor norm = torch.linalg_vector_norm(handle())) {
      return new ItemReader(norm).value();
    }
  }

  private record ItemReader(org.bytedeco.pytorch.Tensor scalar) {
    double value() {
      try (org.bytedeco.pytorch.Tensor wide = scalar.to(torch.ScalarType.Double)) {
        return Natives.doubles(wide).get(0);
      }
    }
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
