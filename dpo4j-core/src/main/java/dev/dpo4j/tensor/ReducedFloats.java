/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.global.torch;

/** Float32 numbers cut to fewer bits, in ways that the elements of {@link DType} do not cover. */
public final class ReducedFloats {
  /** Bits of a float32 mantissa. */
  private static final int MANTISSA = 23;

  private ReducedFloats() {}

  /**
   * Rounds to {@code bits} bits of mantissa, up or down as {@code dither} says.
   *
   * <p>A number whose dropped bits are the share {@code s} of a unit is rounded away from zero when
   * {@code s + dither >= 1}. With a dither that is spread evenly over the steps of a run, sums of
   * many small changes come out right on average, where rounding to nearest would drop each of
   * them.
   *
   * @param values contiguous float32, changed in place
   * @param bits bits of mantissa that stay, 0 to 23
   * @param dither in [0, 1)
   */
  public static void round(Tensor values, int bits, double dither) {
    int dropped = MANTISSA - bits;
    int add = (int) (dither * (1L << dropped));
    int mask = -(1 << dropped);
    try (org.bytedeco.pytorch.Tensor words = values.handle().view(torch.ScalarType.Int);
        Scalar addend = new Scalar(add);
        Scalar kept = new Scalar(mask)) {
      Natives.done(words, words.add_(addend));
      Natives.done(words, words.bitwise_and_(kept));
    }
  }

  /**
   * Writes values as 8-bit floats with 4 bits of exponent and 3 of mantissa, rounded to nearest.
   *
   * <p>Source: "FP8 Formats for Deep Learning", arXiv 2209.05433, the type E4M3. The largest value
   * is 448 and the smallest above zero 2^-9; larger ones become not-a-number.
   *
   * @param codes receives one byte a value, uint8
   */
  public static void encode8(Tensor codes, Tensor values) {
    try (org.bytedeco.pytorch.Tensor floats = codes.handle().view(torch.ScalarType.Float8_e4m3fn)) {
      Natives.done(floats, floats.copy_(values.handle()));
    }
  }

  /** Reads what {@link #encode8} wrote. */
  public static void decode8(Tensor values, Tensor codes) {
    try (org.bytedeco.pytorch.Tensor floats = codes.handle().view(torch.ScalarType.Float8_e4m3fn)) {
      Natives.done(values.handle(), values.handle().copy_(floats));
    }
  }
}
