/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import java.nio.ByteBuffer;

/**
 * Rounds weights to 4 bits in blocks of 64, with the largest absolute value of a block as its
 * scale.
 *
 * <p>Codes and scales are those of bitsandbytes, bit for bit: the first weight of a pair is in the
 * upper half of its byte.
 */
public final class BlockQuantizer {
  /** Weights of a block. */
  public static final int BLOCK = 64;

  /** As in bitsandbytes, so that a block of zeros has a reciprocal. */
  private static final float LEAST = 1e-38f;

  private final CodeBook book;

  /** Makes a quantizer to the numbers of a book. */
  public BlockQuantizer(CodeBook book) {
    this.book = book;
  }

  /** The blocks that so many weights have. */
  public static long blocks(long count) {
    return (count + BLOCK - 1) / BLOCK;
  }

  /**
   * Rounds weights that begin a block.
   *
   * @param weights all are finite; the last block may be short only where the matrix ends
   * @param scales receives the scale of each block
   * @return two codes a byte
   */
  public ByteBuffer quantize(float[] weights, float[] scales) {
    byte[] packed = new byte[(weights.length + 1) / 2];
    Spans.each(
        scales.length,
        (from, to) -> {
          for (int block = from; block < to; block++) {
            scales[block] = quantize(weights, block * BLOCK, packed);
          }
        });
    return ByteBuffer.wrap(packed);
  }

  private float quantize(float[] weights, int from, byte[] packed) {
    int to = Math.min(weights.length, from + BLOCK);
    float largest = 0;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Math.abs(weights[i]));
    }
    if (to - from < BLOCK) {
      // A short block is divided, and its scale is never zero: so bitsandbytes rounds.
      float scale = Math.max(largest, LEAST);
      for (int i = from; i < to; i += 2) {
        float next = i + 1 < to ? clamp(weights[i + 1] / scale) : 0;
        packed[i / 2] = pair(clamp(weights[i] / scale), next);
      }
      return scale;
    }
    float factor = 1 / Math.max(largest, LEAST);
    for (int i = from; i < to; i += 2) {
      packed[i / 2] = pair(clamp(weights[i] * factor), clamp(weights[i + 1] * factor));
    }
    return largest;
  }

  private byte pair(float first, float second) {
    return (byte) (book.encode(first) << 4 | book.encode(second));
  }

  private static float clamp(float x) {
    return Math.max(-1, Math.min(1, x));
  }
}
