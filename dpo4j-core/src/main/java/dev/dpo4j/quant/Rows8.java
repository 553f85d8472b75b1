/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import java.nio.ByteBuffer;

/**
 * Rounds weights to 8-bit integers, with the largest absolute value of a row as its scale.
 *
 * <p>Source: "LLM.int8(): 8-bit Matrix Multiplication for Transformers at Scale", arXiv 2208.07339,
 * section 2.1. The numbers are those of bitsandbytes, which rounds weights to float16 first.
 */
final class Rows8 {
  private static final float LARGEST = 127;

  private Rows8() {}

  /**
   * Rounds whole rows.
   *
   * @param weights float16 numbers, row by row
   * @param scales receives the largest absolute value of each row
   */
  static ByteBuffer quantize(float[] weights, float[] scales) {
    byte[] codes = new byte[weights.length];
    int columns = weights.length / scales.length;
    Spans.each(
        scales.length,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            scales[row] = quantize(weights, row * columns, columns, codes);
          }
        });
    return ByteBuffer.wrap(codes);
  }

  private static float quantize(float[] weights, int from, int columns, byte[] codes) {
    float largest = 0;
    for (int i = from; i < from + columns; i++) {
      largest = Math.max(largest, Math.abs(weights[i]));
    }
    float factor = 1 / largest * LARGEST;
    for (int i = from; largest > 0 && i < from + columns; i++) {
      codes[i] = (byte) Math.rint(weights[i] * factor);
    }
    return largest;
  }

  /** What the codes of a row of that largest value are multiplied by. */
  static float step(float largest) {
    return largest * (1 / LARGEST);
  }
}
