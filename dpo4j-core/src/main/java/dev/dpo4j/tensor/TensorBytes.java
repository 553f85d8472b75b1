/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.stream.LongStream;

/** The bytes of large tensors, a piece at a time through one buffer. */
public final class TensorBytes {
  /** Large enough to write fast, small enough to be no burden. */
  private static final int PIECE = 16 << 20;

  private final ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * The bytes of a stretch of a contiguous tensor, little endian, converted to {@code dtype}. All
   * pieces lie in the same buffer: each is to be used before the next is taken.
   *
   * @param offset where the stretch begins, in elements
   * @param count its length in elements
   */
  public Iterator<ByteBuffer> pieces(Tensor tensor, long offset, long count, DType dtype) {
    int step = PIECE / dtype.byteSize();
    return LongStream.iterate(0, done -> done < count, done -> done + step)
        .mapToObj(done -> piece(tensor, offset + done, Math.min(step, count - done), dtype))
        .iterator();
  }

  private ByteBuffer piece(Tensor tensor, long offset, long count, DType dtype) {
    buffer.clear().limit((int) count * dtype.byteSize());
    try (Scope scope = Scope.open()) {
      tensor.view(-1).narrow(0, offset, count).to(dtype).getBytes(0, buffer);
    }
    return buffer.flip();
  }
}
