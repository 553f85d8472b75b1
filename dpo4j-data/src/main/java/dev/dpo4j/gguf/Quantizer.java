/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.nio.ByteBuffer;

/**
 * Rounds float32 values into stored blocks. The types of 32 values are those of the gguf package of
 * Python, bit for bit: all arithmetic is in float32, in its order.
 */
public final class Quantizer {
  private static final int BLOCK = 32;

  private Quantizer() {}

  /**
   * Encodes whole blocks.
   *
   * @param in values
   * @param from index of the first value
   * @param count values to encode, a multiple of the block size
   * @param out little endian; written from its position on
   */
  public static void encode(GgufType type, float[] in, int from, int count, ByteBuffer out) {
    if (count % type.blockSize() != 0) {
      throw new IllegalArgumentException(
          count + " values are not whole blocks of " + type.blockSize() + " for " + type);
    }
    for (int at = from; at < from + count; at += type.blockSize()) {
      switch (type) {
        case F32 -> out.putFloat(in[at]);
        case F16 -> out.putShort(toHalf(in[at]));
        case BF16 -> out.putShort(toBfloat16(in[at]));
        case Q8_0 -> q8(in, at, out);
        case Q4_0 -> centred(in, at, 8, out);
        case Q5_0 -> centred(in, at, 16, out);
        case Q4_1 -> withMinimum(in, at, 15, out);
        case Q5_1 -> withMinimum(in, at, 31, out);
        case Q4_K, Q5_K -> KQuantizer.scalesAndMinima(type, in, at, out);
        case Q6_K -> KQuantizer.scales(in, at, out);
      }
    }
  }

  private static void q8(float[] in, int at, ByteBuffer out) {
    float largest = 0;
    for (int i = 0; i < BLOCK; i++) {
      largest = Math.max(largest, Math.abs(in[at + i]));
    }
    float scale = largest / 127;
    float inverse = scale == 0 ? 0 : 1 / scale;
    out.putShort(toHalf(scale));
    for (int i = 0; i < BLOCK; i++) {
      float value = in[at + i] * inverse;
      float size = Math.abs(value);
      float whole = (float) Math.floor(size);
      float rounded = whole + (float) Math.floor(2 * (size - whole)); // halves away from zero
      out.put((byte) Math.copySign(rounded, value));
    }
  }

  /** The value farthest from zero becomes the lowest code, {@code -half}. */
  private static void centred(float[] in, int at, int half, ByteBuffer out) {
    float farthest = in[at];
    for (int i = 1; i < BLOCK; i++) {
      if (Math.abs(in[at + i]) > Math.abs(farthest)) {
        farthest = in[at + i];
      }
    }
    float scale = farthest / -half;
    float inverse = scale == 0 ? 0 : 1 / scale;
    int[] codes = new int[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      codes[i] = clip((int) (in[at + i] * inverse + (half + 0.5f)), 2 * half - 1);
    }
    out.putShort(toHalf(scale));
    put(codes, half == 16, out);
  }

  private static void withMinimum(float[] in, int at, int most, ByteBuffer out) {
    float least = in[at];
    float greatest = in[at];
    for (int i = 1; i < BLOCK; i++) {
      least = Math.min(least, in[at + i]);
      greatest = Math.max(greatest, in[at + i]);
    }
    float scale = (greatest - least) / most;
    float inverse = scale == 0 ? 0 : 1 / scale;
    int[] codes = new int[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      codes[i] = clip((int) ((in[at + i] - least) * inverse + 0.5f), most);
    }
    out.putShort(toHalf(scale));
    out.putShort(toHalf(least));
    put(codes, most == 31, out);
  }

  /** Fifth bits first, if there are any; then the lower four bits of both halves side by side. */
  private static void put(int[] codes, boolean fiveBits, ByteBuffer out) {
    if (fiveBits) {
      int high = 0;
      for (int i = 0; i < BLOCK; i++) {
        high |= (codes[i] >> 4) << i;
      }
      out.putInt(high);
    }
    for (int i = 0; i < BLOCK / 2; i++) {
      out.put((byte) ((codes[i] & 15) | ((codes[i + BLOCK / 2] & 15) << 4)));
    }
  }

  private static int clip(int code, int most) {
    return Math.max(0, Math.min(most, code));
  }

  /** Rounds to the nearest bfloat16, ties to even; what is not a number stays so. */
  public static short toBfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** Rounds to the nearest half, ties to even. Java 17 has no call for it. */
  static short toHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    int size = bits & 0x7fffffff;
    if (size > 0x7f800000) {
      return (short) (sign | 0x7e00);
    }
    if (size >= 0x47800000) { // 65536 and above
      return (short) (sign | 0x7c00);
    }
    if (size < 0x38800000) { // below the normal range: a multiple of 2^-24
      return (short) (sign | (int) Math.rint(Float.intBitsToFloat(size) * 0x1p24));
    }
    int rebased = size - 0x38000000;
    return (short) (sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13));
  }

  /** What a half stands for. */
  static float fromHalf(short half) {
    ByteBuffer two = ByteBuffer.allocate(2).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    return Dequantizer.half(two.putShort(0, half), 0);
  }
}
