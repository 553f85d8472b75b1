/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The 16 numbers between -1 and 1 that a weight of 4 bits can be, before its block's scale. */
@SuppressWarnings("ImmutableEnumChecker") // the arrays are its own, and never written to again
public enum CodeBook {
  /**
   * Normal floats: equally many weights of a normal distribution round to each.
   *
   * <p>Source: "QLoRA: Efficient Finetuning of Quantized LLMs", arXiv 2305.14314, appendix E.
   */
  NF4(
      -1f,
      -0.6961928f,
      -0.52507305f,
      -0.3949175f,
      -0.28444138f,
      -0.18477343f,
      -0.091050036f,
      0f,
      0.0795803f,
      0.1609302f,
      0.2461123f,
      0.33791524f,
      0.44070983f,
      0.562617f,
      0.72295684f,
      1f),
  /** Floats of a sign, two bits of exponent and one of mantissa, over 12. */
  FP4(
      0f,
      0.0625f / 12,
      8f / 12,
      1f,
      4f / 12,
      6f / 12,
      2f / 12,
      3f / 12,
      -0f,
      -0.0625f / 12,
      -8f / 12,
      -1f,
      -4f / 12,
      -6f / 12,
      -2f / 12,
      -3f / 12);

  /** So many that each cell holds at most one bound: the closest bounds of FP4 are 1/384 apart. */
  private static final int CELLS = 2048;

  private static final int CODES = 16;

  private final float[] numbers;
  private final byte[] first = new byte[CELLS + 1];
  private final byte[] second = new byte[CELLS + 1];
  private final float[] bound = new float[CELLS + 1];

  CodeBook(float... numbers) {
    this.numbers = numbers;
    Integer[] order = new Integer[CODES];
    Arrays.setAll(order, i -> i);
    // Stable: zero comes before minus zero.
    Arrays.sort(order, Comparator.comparingDouble(code -> numbers[code] + 0f));
    Arrays.fill(bound, Float.POSITIVE_INFINITY);
    int rank = 0;
    for (int cell = 0; cell <= CELLS; cell++) {
      first[cell] = order[rank].byteValue();
      second[cell] = first[cell];
      if (rank < CODES - 1) {
        float middle = (numbers[order[rank]] + numbers[order[rank + 1]]) / 2;
        if (cell(middle) == cell) {
          bound[cell] = middle;
          rank++;
          second[cell] = order[rank].byteValue();
        }
      }
    }
  }

  /** Grows with {@code x}, so that numbers of other cells are on the same side of a bound. */
  private static int cell(float x) {
    return (int) ((x + 1) * (CELLS / 2));
  }

  /** The code of the closest number; of two that are equally close, that of the smaller one. */
  int encode(float x) {
    int cell = cell(x);
    return x > bound[cell] ? second[cell] : first[cell];
  }

  /** The numbers by their codes. */
  public float[] numbers() {
    return numbers.clone();
  }

  /** The name in a configuration, such as {@code nf4}. */
  public String configName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The book of that name. */
  public static Optional<CodeBook> of(String name) {
    return Arrays.stream(values()).filter(book -> book.configName().equals(name)).findFirst();
  }
}
