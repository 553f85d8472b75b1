/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.nio.ByteBuffer;

/**
 * Turns stored blocks into float32, value for value and rounding for rounding as ggml does: all
 * arithmetic is in float32, in ggml's order.
 */
final class Dequantizer {
  /** Added to any number, minus zero included, it leaves every bit as it was. */
  private static final float NO_MIN = -0f;

  private Dequantizer() {}

  /**
   * Decodes whole blocks.
   *
   * @param in little endian; read from index 0
   * @param count values to decode, a multiple of the block size
   */
  static void decode(GgufType type, ByteBuffer in, float[] out, int count) {
    int blocks = count / type.blockSize();
    for (int i = 0; i < blocks; i++) {
      int at = i * type.blockBytes();
      int to = i * type.blockSize();
      switch (type) {
        case F32 -> out[to] = in.getFloat(at);
        case F16 -> out[to] = half(in, at);
        case BF16 -> out[to] = Float.intBitsToFloat(in.getShort(at) << 16);
        case Q4_0 -> q4(in, at + 2, half(in, at), -8, NO_MIN, out, to);
        case Q4_1 -> q4(in, at + 4, half(in, at), 0, half(in, at + 2), out, to);
        case Q5_0 -> q5(in, at + 2, half(in, at), -16, NO_MIN, out, to);
        case Q5_1 -> q5(in, at + 4, half(in, at), 0, half(in, at + 2), out, to);
        case Q8_0 -> q8(in, at, out, to);
        case Q4_K -> q4k(in, at, out, to);
        case Q5_K -> q5k(in, at, out, to);
        case Q6_K -> q6k(in, at, out, to);
      }
    }
  }

  private static void q4(
      ByteBuffer in, int at, float scale, int bias, float min, float[] out, int to) {
    for (int i = 0; i < 16; i++) {
      int pair = in.get(at + i);
      out[to + i] = scale * ((pair & 15) + bias) + min;
      out[to + 16 + i] = scale * (((pair >> 4) & 15) + bias) + min;
    }
  }

  private static void q5(
      ByteBuffer in, int at, float scale, int bias, float min, float[] out, int to) {
    int high = in.getInt(at);
    for (int i = 0; i < 16; i++) {
      int pair = in.get(at + 4 + i);
      out[to + i] = scale * (((pair & 15) | (((high >>> i) & 1) << 4)) + bias) + min;
      out[to + 16 + i] =
          scale * ((((pair >> 4) & 15) | (((high >>> (16 + i)) & 1) << 4)) + bias) + min;
    }
  }

  private static void q8(ByteBuffer in, int at, float[] out, int to) {
    float scale = half(in, at);
    for (int i = 0; i < 32; i++) {
      out[to + i] = scale * in.get(at + 2 + i);
    }
  }

  private static void q4k(ByteBuffer in, int at, float[] out, int to) {
    float scale = half(in, at);
    float min = half(in, at + 2);
    for (int part = 0; part < 8; part++) {
      float partScale = scale * scaleOf(in, at + 4, part);
      float partMin = min * minOf(in, at + 4, part);
      int from = at + 16 + part / 2 * 32;
      int shift = part % 2 * 4;
      for (int i = 0; i < 32; i++) {
        out[to + part * 32 + i] = partScale * ((in.get(from + i) >> shift) & 15) - partMin;
      }
    }
  }

  private static void q5k(ByteBuffer in, int at, float[] out, int to) {
    float scale = half(in, at);
    float min = half(in, at + 2);
    for (int part = 0; part < 8; part++) {
      float partScale = scale * scaleOf(in, at + 4, part);
      float partMin = min * minOf(in, at + 4, part);
      int from = at + 48 + part / 2 * 32;
      int shift = part % 2 * 4;
      for (int i = 0; i < 32; i++) {
        int value = ((in.get(from + i) >> shift) & 15) | (((in.get(at + 16 + i) >> part) & 1) << 4);
        out[to + part * 32 + i] = partScale * value - partMin;
      }
    }
  }

  private static void q6k(ByteBuffer in, int at, float[] out, int to) {
    float scale = half(in, at + 208);
    for (int part = 0; part < 8; part++) {
      int low = at + part / 4 * 64 + part % 2 * 32;
      int high = at + 128 + part / 4 * 32;
      int lowShift = part % 4 / 2 * 4;
      int highShift = part % 4 * 2;
      for (int i = 0; i < 32; i++) {
        int value =
            ((in.get(low + i) >> lowShift) & 15) | (((in.get(high + i) >> highShift) & 3) << 4);
        float partScale = scale * in.get(at + 192 + part * 2 + i / 16);
        out[to + part * 32 + i] = partScale * (value - 32);
      }
    }
  }

  /** The 6-bit scale of one of eight parts: whole in the first four bytes, else in two pieces. */
  private static int scaleOf(ByteBuffer in, int at, int part) {
    return part < 4
        ? in.get(at + part) & 63
        : (in.get(at + 4 + part) & 15) | (((in.get(at + part - 4) >> 6) & 3) << 4);
  }

  /** The 6-bit minimum of one of eight parts. */
  private static int minOf(ByteBuffer in, int at, int part) {
    return part < 4
        ? in.get(at + 4 + part) & 63
        : ((in.get(at + 4 + part) >> 4) & 15) | (((in.get(at + part) >> 6) & 3) << 4);
  }

  /** IEEE half precision; Java 17 has no call for it. */
  static float half(ByteBuffer in, int at) {
    int bits = in.getShort(at);
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 31;
    int fraction = bits & 0x3ff;
    if (exponent == 0) { // Zero and what is below the normal range: a multiple of 2^-24.
      float value = fraction * 0x1p-24f;
      return sign == 0 ? value : -value;
    }
    int wide = exponent == 31 ? 255 : exponent + 112;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
  }
}
