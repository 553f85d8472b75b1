/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** Large matrices in pieces. */
final class Piece {
  /** Elements of a piece: whole blocks, whatever their size. */
  static final int SIZE = 1 << 18;

  private Piece() {}

  /** Hands over the bytes of a tensor. */
  static void digest(Tensor tensor, Consumer<ByteBuffer> digest) {
    long bytes = tensor.count() * tensor.dtype().byteSize();
    for (long done = 0; done < bytes; done += SIZE) {
      ByteBuffer piece = ByteBuffer.allocate((int) Math.min(SIZE, bytes - done));
      tensor.getBytes(done, piece);
      digest.accept(piece.flip());
    }
  }

  /** Numbers as bytes, little endian. */
  static ByteBuffer bytes(float[] numbers) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(numbers);
    return bytes;
  }
}
