/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

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
    values.backend().roundMantissa(values.handle(), add, mask);
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
    codes.backend().encode8(codes.handle(), values.handle());
  }

  /** Reads what {@link #encode8} wrote. */
  public static void decode8(Tensor values, Tensor codes) {
    values.backend().decode8(values.handle(), codes.handle());
  }
}
