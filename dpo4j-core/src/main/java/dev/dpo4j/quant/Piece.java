/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** Large matrices in pieces. */
final class Piece {
  /** Elements of a piece: whole blocks, whatever their size. */
  static final int SIZE = 1 << 18;

  private Piece() {}

  /**
   * Reads bytes into a tensor of their own: what a file maps or buffers is never a whole matrix.
   */
  static Tensor read(FourBitWeight.Codes codes, DType dtype, long... shape) {
    Tensor tensor = Scope.outside(() -> Tensor.empty(dtype, shape));
    try {
      for (long done = 0; done < tensor.count(); done += SIZE) {
        tensor.putBytes(done, codes.read(done, (int) Math.min(SIZE, tensor.count() - done)));
      }
      return tensor;
    } catch (RuntimeException e) {
      tensor.close();
      throw e;
    }
  }

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
