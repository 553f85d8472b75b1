/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.gguf;

import java.nio.ByteBuffer;

/**
 * Rounds 256 values into one block whose parts have scales of their own, themselves rounded to 6 or
 * 8 bits.
 *
 * <p>For each part, a range of grids around the one that just covers its values is tried: values
 * are rounded to the grid, the scale that fits the codes best follows from least squares, and the
 * best of all is kept. Large values weigh more, since they move the output more.
 */
final class KQuantizer {
  private static final int BLOCK = 256;
  private static final int TRIALS = 10;
  private static final float TRIAL_STEP = 0.1f;

  /** Parts with a scale and a minimum. */
  private static final int PARTS = 8;

  private static final int PART = BLOCK / PARTS;
  private static final int MOST_SCALE = 63;

  /** Parts with a scale alone. */
  private static final int SMALL_PARTS = 16;

  private static final int SMALL_PART = BLOCK / SMALL_PARTS;
  private static final int HALF_RANGE = 32;

  private KQuantizer() {}

  /** A scale and what is subtracted, both at least 0. */
  private record Fit(float scale, float minimum) {}

  /** Encodes one block of Q4_K or Q5_K. */
  static void scalesAndMinima(GgufType type, float[] in, int at, ByteBuffer out) {
    int most = type == GgufType.Q4_K ? 15 : 31;
    Fit[] fits = new Fit[PARTS];
    float greatestScale = 0;
    float greatestMinimum = 0;
    for (int part = 0; part < PARTS; part++) {
      fits[part] = fit(in, at + part * PART, most);
      greatestScale = Math.max(greatestScale, fits[part].scale());
      greatestMinimum = Math.max(greatestMinimum, fits[part].minimum());
    }
    short scale = Quantizer.toHalf(greatestScale / MOST_SCALE);
    short minimum = Quantizer.toHalf(greatestMinimum / MOST_SCALE);
    int[] scaleCodes = new int[PARTS];
    int[] minimumCodes = new int[PARTS];
    int[] codes = new int[BLOCK];
    for (int part = 0; part < PARTS; part++) {
      scaleCodes[part] = share(fits[part].scale(), greatestScale);
      minimumCodes[part] = share(fits[part].minimum(), greatestMinimum);
      float step = Quantizer.fromHalf(scale) * scaleCodes[part];
      float below = Quantizer.fromHalf(minimum) * minimumCodes[part];
      for (int i = part * PART; step > 0 && i < (part + 1) * PART; i++) {
        codes[i] = clip(Math.round((in[at + i] + below) / step), 0, most);
      }
    }
    out.putShort(scale).putShort(minimum);
    putScales(scaleCodes, minimumCodes, out);
    putCodes(codes, most == 31, out);
  }

  private static int share(float value, float greatest) {
    return greatest == 0 ? 0 : clip(Math.round(value / greatest * MOST_SCALE), 0, MOST_SCALE);
  }

  private static int clip(int code, int least, int most) {
    return Math.max(least, Math.min(most, code));
  }

  /** The scale and minimum of a part, {@code x = scale * code - minimum}. */
  private static Fit fit(float[] in, int at, int most) {
    float least = 0;
    float greatest = in[at];
    double squares = 0;
    for (int i = at; i < at + PART; i++) {
      least = Math.min(least, in[i]);
      greatest = Math.max(greatest, in[i]);
      squares += in[i] * in[i];
    }
    if (!(greatest > least)) {
      return new Fit(0, -least);
    }
    float typical = (float) Math.sqrt(squares / PART);
    Fit best = new Fit((greatest - least) / most, -least);
    double leastError = error(in, at, most, typical, best);
    for (int trial = -TRIALS; trial <= TRIALS; trial++) {
      Fit candidate =
          refit(in, at, most, typical, least, (most + trial * TRIAL_STEP) / (greatest - least));
      double error = error(in, at, most, typical, candidate);
      if (error < leastError) {
        leastError = error;
        best = candidate;
      }
    }
    return best;
  }

  /** Rounds with a trial scale, and solves for the scale and minimum that suit the codes best. */
  private static Fit refit(
      float[] in, int at, int most, float typical, float least, float inverse) {
    float sum = 0;
    float sumCode = 0;
    float sumSquare = 0;
    float sumValue = 0;
    float sumProduct = 0;
    for (int i = at; i < at + PART; i++) {
      float value = in[i];
      float weight = typical + Math.abs(value);
      float code = clip((int) ((value - least) * inverse + 0.5f), 0, most);
      sum += weight;
      sumCode += weight * code;
      sumSquare += weight * code * code;
      sumValue += weight * value;
      sumProduct += weight * code * value;
    }
    float determinant = sum * sumSquare - sumCode * sumCode;
    if (!(determinant > 0)) {
      return new Fit(1 / inverse, -least);
    }
    float scale = (sum * sumProduct - sumValue * sumCode) / determinant;
    float minimum = -(sumSquare * sumValue - sumCode * sumProduct) / determinant;
    if (minimum < 0) { // it can only be subtracted
      minimum = 0;
      scale = sumProduct / sumSquare;
    }
    return new Fit(Math.max(0, scale), minimum);
  }

  private static double error(float[] in, int at, int most, float typical, Fit fit) {
    float inverse = fit.scale() == 0 ? 0 : 1 / fit.scale();
    float sum = 0;
    for (int i = at; i < at + PART; i++) {
      float code = clip((int) ((in[i] + fit.minimum()) * inverse + 0.5f), 0, most);
      float off = fit.scale() * code - fit.minimum() - in[i];
      sum += (typical + Math.abs(in[i])) * off * off;
    }
    return sum;
  }

  /** The first four whole in 6 bits; the last four in 4 bits, their upper two beside the first. */
  private static void putScales(int[] scales, int[] minima, ByteBuffer out) {
    int half = PARTS / 2;
    for (int part = 0; part < half; part++) {
      out.put((byte) (scales[part] | ((scales[part + half] >> 4) << 6)));
    }
    for (int part = 0; part < half; part++) {
      out.put((byte) (minima[part] | ((minima[part + half] >> 4) << 6)));
    }
    for (int part = half; part < PARTS; part++) {
      out.put((byte) ((scales[part] & 15) | ((minima[part] & 15) << 4)));
    }
  }

  private static void putCodes(int[] codes, boolean fiveBits, ByteBuffer out) {
    for (int i = 0; fiveBits && i < PART; i++) {
      int high = 0;
      for (int part = 0; part < PARTS; part++) {
        high |= (codes[part * PART + i] >> 4) << part;
      }
      out.put((byte) high);
    }
    for (int pair = 0; pair < PARTS; pair += 2) {
      for (int i = 0; i < PART; i++) {
        int low = codes[pair * PART + i] & 15;
        int high = codes[(pair + 1) * PART + i] & 15;
        out.put((byte) (low | (high << 4)));
      }
    }
  }

  /** Encodes one block of Q6_K. */
  static void scales(float[] in, int at, ByteBuffer out) {
    float[] fits = new float[SMALL_PARTS];
    float farthest = 0;
    for (int part = 0; part < SMALL_PARTS; part++) {
      fits[part] = scale(in, at + part * SMALL_PART);
      if (Math.abs(fits[part]) > Math.abs(farthest)) {
        farthest = fits[part];
      }
    }
    short scale = Quantizer.toHalf(farthest / Byte.MIN_VALUE);
    byte[] scales = new byte[SMALL_PARTS];
    int[] codes = new int[BLOCK];
    for (int part = 0; part < SMALL_PARTS; part++) {
      float share = farthest == 0 ? 0 : fits[part] / farthest * Byte.MIN_VALUE;
      scales[part] = (byte) clip(Math.round(share), Byte.MIN_VALUE, Byte.MAX_VALUE);
      float step = Quantizer.fromHalf(scale) * scales[part];
      for (int i = part * SMALL_PART; i < (part + 1) * SMALL_PART; i++) {
        int code = step == 0 ? 0 : Math.round(in[at + i] / step);
        codes[i] = clip(code, -HALF_RANGE, HALF_RANGE - 1) + HALF_RANGE;
      }
    }
    putSixBits(codes, out);
    out.put(scales).putShort(scale);
  }

  /** The scale of a part, {@code x = scale * code}; its sign lets the far end have a code more. */
  private static float scale(float[] in, int at) {
    float farthest = 0;
    for (int i = at; i < at + SMALL_PART; i++) {
      if (Math.abs(in[i]) > Math.abs(farthest)) {
        farthest = in[i];
      }
    }
    if (farthest == 0) {
      return 0;
    }
    float best = -farthest / HALF_RANGE;
    double mostExplained = 0;
    for (int trial = -TRIALS; trial <= TRIALS; trial++) {
      float inverse = -(HALF_RANGE + trial * TRIAL_STEP) / farthest;
      float sumProduct = 0;
      float sumSquare = 0;
      for (int i = at; i < at + SMALL_PART; i++) {
        float code = clip(Math.round(inverse * in[i]), -HALF_RANGE, HALF_RANGE - 1);
        float weight = in[i] * in[i];
        sumProduct += weight * in[i] * code;
        sumSquare += weight * code * code;
      }
      double explained = sumSquare == 0 ? 0 : (double) sumProduct * sumProduct / sumSquare;
      if (explained > mostExplained) {
        mostExplained = explained;
        best = sumProduct / sumSquare;
      }
    }
    return best;
  }

  /** Lower four bits of 128 values in 64 bytes, twice; then the upper two, four to a byte. */
  private static void putSixBits(int[] codes, ByteBuffer out) {
    for (int half = 0; half < BLOCK; half += BLOCK / 2) {
      for (int i = 0; i < BLOCK / 4; i++) {
        int low = codes[half + i] & 15;
        int high = codes[half + BLOCK / 4 + i] & 15;
        out.put((byte) (low | (high << 4)));
      }
    }
    for (int half = 0; half < BLOCK; half += BLOCK / 2) {
      for (int i = 0; i < PART; i++) {
        int bits = 0;
        for (int quarter = 0; quarter < 4; quarter++) {
          bits |= (codes[half + quarter * PART + i] >> 4) << (2 * quarter);
        }
        out.put((byte) bits);
      }
    }
  }
}
