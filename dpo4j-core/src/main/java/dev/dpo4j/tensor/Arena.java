/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * A stack of memory for the activations and temporaries of a pass.
 *
 * <p>A forward pass takes, a backward pass releases in the reverse order, and the memory stays for
 * the next pass: after the first step nothing is allocated and no page is touched for the first
 * time. Memory grows in blocks and is never given back before {@link #close}, except by {@link
 * #trim}.
 */
public final class Arena implements AutoCloseable {
  /** Start of every array on a cache line, in elements. */
  private static final long ALIGNMENT = 16;

  private final long blockElements;
  private final LongFunction<Tensor> memory;
  private final List<Tensor> blocks = new ArrayList<>();
  private int block;
  private long used;
  private long peakElements;

  /** A position of the stack, to go back to. */
  public record Mark(int block, long used) {}

  /**
   * Makes an empty arena.
   *
   * @param blockElements elements of a block; a larger array gets a block of its own size
   */
  public Arena(long blockElements) {
    this(blockElements, elements -> Tensor.empty(DType.FLOAT32, elements));
  }

  /**
   * Makes an empty arena in memory of a kind.
   *
   * @param blockElements elements of a block; a larger array gets a block of its own size
   * @param memory makes a float32 tensor of so many elements
   */
  public Arena(long blockElements, LongFunction<Tensor> memory) {
    if (blockElements < ALIGNMENT) {
      throw new IllegalArgumentException(
          "blockElements must be at least %d but was %d".formatted(ALIGNMENT, blockElements));
    }
    this.blockElements = blockElements;
    this.memory = memory;
  }

  /** Takes uninitialised float32 memory as a contiguous tensor, owned by the current scope. */
  public Tensor take(long... shape) {
    return take(DType.FLOAT32, shape);
  }

  /** Takes uninitialised memory as a contiguous tensor, owned by the current scope. */
  public Tensor take(DType dtype, long... shape) {
    long count = 1;
    for (long size : shape) {
      count = Math.multiplyExact(count, size);
    }
    // Memory is counted in float32 numbers, whatever lies in it.
    long words = (count * dtype.byteSize() + Float.BYTES - 1) / Float.BYTES;
    long padded = (words + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    while (block < blocks.size() && used + padded > blocks.get(block).count()) {
      block++;
      used = 0;
    }
    if (block == blocks.size()) {
      blocks.add(ownerless(Math.max(blockElements, padded)));
      used = 0;
    }
    Tensor taken;
    Tensor held = blocks.get(block);
    Backend backend = held.backend();
    try (TensorHandle flat = backend.narrow(held.handle(), 0, used, words)) {
      taken = new Tensor(backend, cast(backend, flat, dtype, count, shape));
    }
    used += padded;
    peakElements = Math.max(peakElements, elementsInUse());
    return taken;
  }

  private static TensorHandle cast(
      Backend backend, TensorHandle flat, DType dtype, long count, long[] shape) {
    if (dtype == DType.FLOAT32) {
      return backend.view(flat, shape);
    }
    try (TensorHandle elements = backend.reinterpret(flat, dtype);
        TensorHandle part = backend.narrow(elements, 0, 0, count)) {
      return backend.view(part, shape);
    }
  }

  private Tensor ownerless(long elements) {
    // A block outlives every scope: it belongs to the arena alone.
    return Scope.outside(() -> memory.apply(elements));
  }

  /** What was taken and not released, gaps included: views of the blocks, in their order. */
  public List<Tensor> inUse() {
    List<Tensor> stretches = new ArrayList<>();
    for (int i = 0; i <= block && i < blocks.size(); i++) {
      Tensor held = blocks.get(i);
      long elements = i < block ? held.count() : used;
      if (elements > 0) {
        stretches.add(held.narrow(0, 0, elements));
      }
    }
    return stretches;
  }

  /** The present top of the stack. */
  public Mark mark() {
    return new Mark(block, used);
  }

  /** Gives back everything taken since {@code mark}. Tensors taken since then must not be used. */
  public void release(Mark mark) {
    block = mark.block();
    used = mark.used();
  }

  private long elementsInUse() {
    long elements = used;
    for (int i = 0; i < block; i++) {
      elements += blocks.get(i).count();
    }
    return elements;
  }

  /** The most bytes that were ever in use at once. */
  public long peakBytes() {
    return peakElements * Float.BYTES;
  }

  /** The bytes that are held at present, used or not. */
  public long heldBytes() {
    long elements = 0;
    for (Tensor held : blocks) {
      elements += held.count();
    }
    return elements * Float.BYTES;
  }

  /** Frees all blocks above the present top of the stack. */
  public void trim() {
    while (blocks.size() > block + (used > 0 ? 1 : 0)) {
      blocks.remove(blocks.size() - 1).close();
    }
  }

  @Override
  public void close() {
    for (Tensor held : blocks) {
      held.close();
    }
    blocks.clear();
    block = 0;
    used = 0;
  }
}
