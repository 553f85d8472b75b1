/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import dev.dpo4j.gguf.GgufType;
import dev.dpo4j.tensor.DType;
import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.function.Consumer;

/** A matrix in the blocks of a GGUF file. */
public final class GgufWeight implements PackedWeight {
  /** Values widened at once: small enough to stay in the cache. */
  private static final int AT_ONCE = 4096;

  private final GgufType type;
  private final long count;
  private final Tensor blocks;

  /**
   * Takes the blocks of a matrix.
   *
   * @param bytes whole blocks, row by row
   */
  public GgufWeight(GgufType type, ByteBuffer bytes) {
    this.type = type;
    int length = bytes.remaining();
    this.count = (long) length / type.blockBytes() * type.blockSize();
    this.blocks = Scope.outside(() -> Tensor.fromBytes(bytes, DType.UINT8, length));
  }

  @Override
  public String form() {
    return type.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public long count() {
    return count;
  }

  @Override
  public long bytes() {
    return blocks.count();
  }

  @Override
  public void widen(Tensor out) {
    ByteBuffer to = out.memory();
    ByteBuffer from = blocks.memory();
    if (to == null || from == null) {
      throw new IllegalStateException("blocks of GGUF are widened on the processor alone");
    }
    int values = Math.max(1, AT_ONCE / type.blockSize()) * type.blockSize();
    int parts = (int) ((count + values - 1) / values);
    Spans.each(
        parts,
        (first, end) -> {
          float[] widened = new float[values];
          for (int part = first; part < end; part++) {
            int at = part * values;
            int many = (int) Math.min(values, count - at);
            int bytes = many / type.blockSize() * type.blockBytes();
            int begin = at / type.blockSize() * type.blockBytes();
            type.decode(from.slice(begin, bytes).order(ByteOrder.LITTLE_ENDIAN), widened, many);
            to.slice(at * Float.BYTES, many * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .put(widened, 0, many);
          }
        });
  }

  @Override
  public void digest(Consumer<ByteBuffer> digest) {
    Piece.digest(blocks, digest);
  }

  @Override
  public void close() {
    blocks.close();
  }
}
