/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import java.util.Arrays;

/**
 * The scales of blocks in 8 bits: the distance of each from their mean, rounded in blocks of 256.
 *
 * <p>Source: "QLoRA", arXiv 2305.14314, section 3, double quantization. The numbers are those of
 * bitsandbytes.
 *
 * @param codes one a block of weights
 * @param scales one for 256 codes
 * @param book the numbers that codes stand for, rising
 * @param offset the mean
 */
@SuppressWarnings("ArrayRecordComponent") // arrays of the size of a matrix, never compared
record NestedScales(byte[] codes, float[] scales, float[] book, float offset) {
  static final int BLOCK = 256;

  /** Distances are rounded to this many steps first. */
  private static final int GRID = 65535;

  /**
   * Dynamic 8-bit numbers ("8-Bit Approximations for Parallelism in Deep Learning", 1511.04561).
   */
  private static final float[] DYNAMIC = dynamic();

  private static final byte[] CLOSEST = closest();

  /** Rounds the scales of blocks. */
  static NestedScales of(float[] scales) {
    float offset = VectorSum.mean(scales);
    byte[] codes = new byte[scales.length];
    float[] outer = new float[(scales.length + BLOCK - 1) / BLOCK];
    for (int block = 0; block < outer.length; block++) {
      int from = block * BLOCK;
      int to = Math.min(scales.length, from + BLOCK);
      float largest = 0;
      for (int i = from; i < to; i++) {
        largest = Math.max(largest, Math.abs(scales[i] - offset));
      }
      outer[block] = largest;
      float factor = 1 / largest;
      for (int i = from; largest > 0 && i < to; i++) {
        float x = Math.max(-1, Math.min(1, (scales[i] - offset) * factor));
        codes[i] = CLOSEST[(int) Math.fma((x + 1) * 0.5f, (float) GRID, 0.5f)];
      }
    }
    return new NestedScales(codes, outer, DYNAMIC, offset);
  }

  /** The scale of a block of weights. */
  float scale(int block) {
    return book[codes[block] & 0xff] * scales[block / BLOCK] + offset;
  }

  /** All scales. */
  float[] widened() {
    float[] widened = new float[codes.length];
    for (int i = 0; i < widened.length; i++) {
      widened[i] = scale(i);
    }
    return widened;
  }

  private static byte[] closest() {
    byte[] closest = new byte[GRID + 1];
    for (int i = 0; i <= GRID; i++) {
      float x = (float) i / GRID * 2 - 1;
      int best = 0;
      for (int code = 1; code < DYNAMIC.length; code++) {
        best = Math.abs(DYNAMIC[code] - x) < Math.abs(DYNAMIC[best] - x) ? code : best;
      }
      closest[i] = (byte) best;
    }
    return closest;
  }

  /** Seven powers of ten; the larger one is, the more numbers lie below it. */
  private static float[] dynamic() {
    float[] numbers = new float[256];
    int next = 0;
    for (int exponent = -6; exponent <= 0; exponent++) {
      int count = 1 << (exponent + 6);
      float power = (float) Math.pow(10, exponent);
      for (int i = 0; i < count; i++) {
        float middle = (edge(i, count) + edge(i + 1, count)) / 2;
        numbers[next++] = power * middle;
        numbers[next++] = -power * middle;
      }
    }
    numbers[next++] = 0;
    numbers[next] = 1;
    Arrays.sort(numbers);
    return numbers;
  }

  /**
   * The edge of that number of {@code count} equal parts of 0.1 to 1, counted from the closer end.
   */
  private static float edge(int i, int count) {
    float step = (1 - 0.1f) / count;
    return i < (count + 1) / 2 ? Math.fma(step, i, 0.1f) : Math.fma(-step, count - i, 1f);
  }
}
