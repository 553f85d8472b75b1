/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A device's implementation of the operations behind {@link Tensor} and {@link Ops}.
 *
 * <p>This is the seam between the project and an engine, no interface for users. Operations are
 * done in the order of the calls. Arguments were checked by the caller as far as shapes go.
 */
public interface Backend {

  /** Operations on single elements. */
  enum Unary {
    /** The converted element. */
    COPY,
    /** The exponential. */
    EXP,
    /** The natural logarithm. */
    LOG,
    /** The square root. */
    SQRT,
    /** One over the square root. */
    RSQRT,
    /** The absolute value. */
    ABS,
    /** {@code x * sigmoid(x)}. */
    SILU,
    /** {@code x * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2}. */
    GELU_TANH,
    /** The number alone. */
    FILL,
    /** The sum with a number. */
    ADD,
    /** The product with a number. */
    MULTIPLY,
    /** The element, but at least the number. */
    AT_LEAST
  }

  /** Operations on pairs of elements. */
  enum Binary {
    /** {@code a + alpha * b}. */
    ADD,
    /** {@code a - b}. */
    SUBTRACT,
    /** {@code a * b}. */
    MULTIPLY,
    /** {@code a / b}. */
    DIVIDE,
    /** {@code a * d silu(b) / d b}. */
    SILU_BACKWARD,
    /** {@code a * d gelu(b) / d b} of the approximation by tanh. */
    GELU_TANH_BACKWARD
  }

  /** Sums and the like over one dimension. */
  enum Reduction {
    /** The sum. */
    SUM,
    /** The largest. */
    MAX,
    /** The Euclidean norm. */
    NORM
  }

  /** Weights packed for products of few rows, see {@link PackedMatrix}. */
  interface Packed extends AutoCloseable {
    /** {@code x * w^T}. */
    TensorHandle times(TensorHandle x);

    /** How the weights are held. */
    PackedMatrix.Form form();

    /** Bytes that they take. */
    long bytes();

    @Override
    void close();
  }

  /**
   * Operations on few numbers that are done in one call, because the calls would cost more than
   * what they compute. Results are those of the single operations, to the last bit.
   */
  interface Joined {
    /** {@code inverse = 1 / rms(x)} over the last dimension, and {@code out = w * x * inverse}. */
    void rmsNorm(Tensor out, Tensor inverse, Tensor x, Tensor w, double epsilon);

    /**
     * Rotates queries and keys, and keeps the keys with their values for the tokens to come.
     *
     * @param q receives the queries, {@code [rows, heads * size]} in any shape
     * @param qkv projected rows, {@code [rows, (heads + 2 * kv heads) * size]}
     * @param places where each key head of each row is kept, in rows of {@code size} numbers
     * @param queries what queries are rotated by, the scale of the products in it
     * @param keys what keys are rotated by
     */
    void rotateAndKeep(Tensor q, Tensor qkv, Kept kept, Tensor places, Angles queries, Angles keys);

    /**
     * Prepares a step of sequences of different lengths; to be closed behind it.
     *
     * @param cuts four numbers for each span of neighbouring sequences that attend together: the
     *     first one, how many they are, the keys that each sees with the new one, and where their
     *     mask begins, -1 where nothing is hidden
     * @param masks added to the products, one behind the other, {@code [count, keys]} each
     */
    Spans spans(int[] cuts, float[] masks);

    /**
     * Prepares the same where each sequence can attend to keys of its own.
     *
     * @param first the first key that each sequence sees
     * @param end the key behind the last one
     * @return null where sequences attend by {@link #spans}
     */
    default @Nullable Spans visible(int[] first, int[] end) {
      return null;
    }

    /**
     * Attends for one row of each sequence of some spans.
     *
     * @param out {@code [rows, heads * size]}, a row for each sequence; those of sequences in no
     *     span stay what they are
     * @param q rotated and scaled queries of all rows, row by row
     */
    void attend(Tensor out, Tensor q, Kept kept, Spans spans);

    /**
     * Prepares a layer that is computed in one call.
     *
     * @return the layer, or null where the engine knows no such call
     */
    @Nullable JoinedLayer layer(LayerParts parts);
  }

  /** Which sequences attend together in a step, in the form of the engine. */
  interface Spans extends AutoCloseable {
    @Override
    void close();
  }

  /** A decoder layer that is computed in one call for one row of each sequence. */
  interface JoinedLayer extends AutoCloseable {
    /**
     * Computes the layer.
     *
     * @param out receives the result, {@code [rows, hidden]}
     * @param x a row for each sequence
     * @param places where each key head of each row is kept, in rows of {@code size} numbers
     * @param spans all sequences
     */
    void step(
        Tensor out, Tensor x, Kept kept, Tensor places, Angles queries, Angles keys, Spans spans);

    @Override
    void close();
  }

  /**
   * What a layer in one call is made of: norms before both branches, heads normed before they are
   * rotated if at all, and products of packed weights alone.
   *
   * @param epsilon of all norms
   * @param gelu whether the gate is GELU by tanh; SiLU otherwise
   * @param wholeHeads whether the norms of heads are over all of them together
   * @param inputNorm what the attention's input is scaled by
   * @param mlpNorm what the feed-forward block's input is scaled by
   */
  record LayerParts(
      double epsilon,
      boolean gelu,
      boolean wholeHeads,
      Tensor inputNorm,
      PackedMatrix qkv,
      @Nullable Tensor qkvBias,
      @Nullable Tensor qNorm,
      @Nullable Tensor kNorm,
      PackedMatrix o,
      @Nullable Tensor oBias,
      Tensor mlpNorm,
      PackedMatrix gateUp,
      @Nullable Tensor gateUpBias,
      PackedMatrix down,
      @Nullable Tensor downBias) {}

  /**
   * Keys and values of earlier tokens of a layer.
   *
   * @param keys {@code [sequences * kv heads, room, size]}
   * @param values the same
   * @param kvHeads heads of a sequence
   */
  record Kept(Tensor keys, Tensor values, int kvHeads) {}

  /**
   * What pairs of coordinates are rotated by, those of two halves together.
   *
   * @param cos {@code [1, rows, 1, half]}; any tensor where {@code half} is 0
   * @param sin the same
   * @param half pairs that are rotated, the first {@code 2 * half} coordinates of a head
   * @param rest multiplies the other coordinates
   */
  record Angles(Tensor cos, Tensor sin, long half, double rest) {}

  /**
   * The cards of several processes, one each, that exchange tensors without the host. All processes
   * begin the same operations in the same order.
   */
  interface Peers extends AutoCloseable {
    /** Begins to replace the numbers of a contiguous tensor by their sums over all processes. */
    Work allReduceSum(Tensor x);

    /** Begins to replace the numbers of a contiguous tensor by those of one process. */
    Work broadcast(Tensor x, int root);

    /**
     * Begins to sum the stretches of a flat tensor, each for the process that owns it; elsewhere a
     * process keeps its own numbers.
     *
     * @param borders where each stretch begins, in the order of the processes, and the end
     */
    Work reduceScatterSum(Tensor flat, long[] borders);

    /** Begins to replace each stretch of a flat tensor by what its owner has there. */
    Work allGather(Tensor flat, long[] borders);

    /** Begins to give the numbers of a contiguous tensor on the card to another process. */
    Work send(Tensor x, int to);

    /** Begins to take the numbers of a contiguous tensor from another process. */
    Work receive(Tensor x, int from);

    /** Ends what is under way, from any thread: nothing can be begun or asked after it. */
    void abort();

    @Override
    void close();
  }

  /** What the cards do meanwhile; it begins after all that was started on the device before. */
  interface Work {
    /**
     * Whether it is done. Who has seen that may use the numbers again.
     *
     * @throws DeviceException if it will never be
     */
    boolean isDone();
  }

  /** How the cards of several processes come together. */
  interface PeerDoor {
    /** Where the card is in its machine; no other card of it has the same place. */
    String place();

    /** The version of what brings them together, which is the same for all processes. */
    String version();

    /** Founds a group in one process; the others need what is returned to join it. */
    byte[] found();

    /** Joins a group, which waits for all others. */
    Peers join(byte[] group, int rank, int size);
  }

  /** The device. */
  Device device();

  /** How the cards of several processes come together; null on the processor. */
  default @Nullable PeerDoor peers() {
    return null;
  }

  /** One line for logs and {@code run.json}: engine, version, device. */
  String describe();

  /** The same in the few words that a plan shows. */
  default String summary() {
    return describe();
  }

  /** Device and engine that a run belongs to, without what may change between two starts. */
  default String identity() {
    return device().toString();
  }

  /** Whether products of bfloat16 matrices are computed in hardware. */
  default boolean hasBfloat16() {
    return true;
  }

  /** What decides the last bits of results: equal ones are computed alike. */
  default String circumstances() {
    return describe();
  }

  /** Uninitialised memory. */
  TensorHandle empty(DType dtype, long... shape);

  /** Overwrites bytes of a contiguous tensor from {@code offset} on. */
  void put(TensorHandle target, long offset, ByteBuffer source);

  /** Reads bytes of a contiguous tensor from {@code offset} on. */
  void get(TensorHandle source, long offset, ByteBuffer target);

  /** Reads all elements of a contiguous float32 tensor. */
  default void get(TensorHandle source, float[] target) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(target.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    get(source, 0, bytes);
    bytes.flip();
    bytes.asFloatBuffer().get(target);
  }

  /** The memory of a contiguous tensor; null where the process cannot reach it. */
  default @Nullable ByteBuffer memory(TensorHandle x, int bytes) {
    return null;
  }

  /** Where the numbers of a contiguous tensor of a card lie. */
  default long address(TensorHandle x) {
    throw new UnsupportedOperationException("only memory of a card is known by its address");
  }

  /** A view of a part of one dimension. */
  TensorHandle narrow(TensorHandle x, int dim, long start, long length);

  /** A view in another shape, one of whose sizes may be -1. */
  TensorHandle view(TensorHandle x, long... shape);

  /** A view with the dimensions in another order. */
  TensorHandle permute(TensorHandle x, long... order);

  /** A view of contiguous memory as elements of another type, {@code [elements]}. */
  TensorHandle reinterpret(TensorHandle x, DType dtype);

  /** {@code out = op(x, number)}, {@code x} broadcast; both may be the same. */
  void unary(Unary op, TensorHandle out, TensorHandle x, double number);

  /** {@code out = op(a, b)}, both broadcast; {@code out} may be {@code a} or {@code b}. */
  void binary(Binary op, TensorHandle out, TensorHandle a, TensorHandle b, double alpha);

  /** {@code out += alpha * a * b}, both broadcast. */
  void addcmul(TensorHandle out, TensorHandle a, TensorHandle b, double alpha);

  /** {@code out = reduction of x over dim}, which {@code out} has with size 1 or lacks. */
  void reduce(Reduction op, TensorHandle out, TensorHandle x, int dim);

  /** The index of the largest element over the last dimension, int64. */
  void argmax(TensorHandle out, TensorHandle x);

  /** The Euclidean norm of all elements. */
  double norm(TensorHandle x);

  /** Softmax over the last dimension. */
  void softmax(TensorHandle out, TensorHandle x);

  /** {@code out = a * b}, or {@code out += a * b}, for matrices. */
  void mm(TensorHandle out, TensorHandle a, TensorHandle b, boolean add);

  /** {@code out = bias + a * b} for matrices, the bias broadcast over rows. */
  void addmm(TensorHandle out, TensorHandle bias, TensorHandle a, TensorHandle b);

  /** {@code out[i] = a[i] * b[i]}, or {@code out[i] += a[i] * b[i]}, for stacks of matrices. */
  void bmm(TensorHandle out, TensorHandle a, TensorHandle b, boolean add);

  /** {@code out = softmax(q k^T + mask) v} for {@code [batch, heads, rows, size]}. */
  void attention(
      TensorHandle out,
      TensorHandle q,
      TensorHandle k,
      TensorHandle v,
      @Nullable TensorHandle mask);

  /** {@code out[i] = source[index[i]]} for rows. */
  void gatherRows(TensorHandle out, TensorHandle source, TensorHandle index);

  /** {@code out[index[i]] = source[i]} for rows, which must not repeat. */
  void scatterRows(TensorHandle out, TensorHandle index, TensorHandle source);

  /** {@code out[index[i]] += source[i]} for rows, which may repeat. */
  void addRows(TensorHandle out, TensorHandle index, TensorHandle source);

  /** {@code out[i] = x[index[i]]} for flat positions; {@code out} is float32. */
  void pick(TensorHandle out, TensorHandle x, TensorHandle index);

  /**
   * {@code x[index[i]] += values[i]} for flat positions, sorted so that equal ones are adjacent.
   */
  void addAt(TensorHandle x, TensorHandle index, TensorHandle values);

  /** Adds {@code addend} to the bits of float32 numbers and keeps those of {@code mask}. */
  void roundMantissa(TensorHandle x, int addend, int mask);

  /** Writes numbers as 8-bit floats of the type E4M3. */
  void encode8(TensorHandle codes, TensorHandle values);

  /** Reads 8-bit floats of the type E4M3. */
  void decode8(TensorHandle values, TensorHandle codes);

  /** One step of AdamW on flat float32 memory, with the arithmetic of torch's fused kernel. */
  void adamW(
      TensorHandle weights,
      TensorHandle grads,
      TensorHandle firstMoment,
      TensorHandle secondMoment,
      AdamWStep step);

  /** Operations that this device does in one kernel, or null where they are put together. */
  default @Nullable FusedKernels fused() {
    return null;
  }

  /** Operations that are done in one call here, or null where they are put together. */
  default @Nullable Joined joined() {
    FusedKernels kernels = fused();
    return kernels == null ? null : new Fused.Steps(kernels);
  }

  /**
   * Until it is closed, this thread's operations write no records of themselves: views are not
   * linked to what they show, and {@link TensorHandle#version} does not count writes.
   */
  default Scope.Suspended unrecorded() {
    return () -> {};
  }

  /** Whether the device has memory of its own, so that numbers can be left with the host. */
  default boolean hasOwnMemory() {
    return false;
  }

  /** Uninitialised memory of the host that a device with memory of its own reaches. */
  default TensorHandle emptyOnHost(DType dtype, long... shape) {
    return empty(dtype, shape);
  }

  /** See {@link Ops#copyAside}. */
  default long copyAside(TensorHandle out, TensorHandle x) {
    unary(Unary.COPY, out, x, 0);
    return 0;
  }

  /** See {@link Ops#await}. */
  default void await(long copy) {
    // It was done when it began.
  }

  /** Bytes that are free for tensors, or -1 where the device shares the system's memory. */
  default long freeBytes() {
    return -1;
  }

  /** The most bytes that tensors took at once, or -1 where that is not counted. */
  default long peakBytes() {
    return -1;
  }

  /** Waits until all operations are done. */
  default void synchronize() {}

  /** See {@link PackedMatrix#of}; null where the device has no such form. */
  default @Nullable Packed pack(TensorHandle w) {
    return null;
  }

  /** See {@link PackedMatrix#int8}; null where the device has no such form. */
  default @Nullable Packed packInt8(TensorHandle w) {
    return null;
  }
}
