/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import org.jspecify.annotations.Nullable;

/**
 * What becomes of the matrices of the layers when a model is loaded.
 *
 * @param kind whether and how they are packed
 * @param nested whether the scales of 4-bit blocks are rounded to 8 bits
 */
public record WeightPacking(Kind kind, boolean nested) {

  /** How matrices are held. */
  public enum Kind {
    /** As plain numbers, whatever the file holds. */
    NONE(null),
    /** Packed where the file holds them so, else as plain numbers. */
    AS_STORED(null),
    /** Rounded to 4-bit normal floats. */
    NF4(CodeBook.NF4),
    /** Rounded to 4-bit floats. */
    FP4(CodeBook.FP4),
    /** Rounded to 8-bit integers. */
    INT8(null);

    private final @Nullable CodeBook book;

    Kind(@Nullable CodeBook book) {
      this.book = book;
    }

    /** The numbers of 4 bits, or null where they are not 4 bits. */
    public @Nullable CodeBook book() {
      return book;
    }
  }

  /** Plain numbers. */
  public static final WeightPacking NONE = new WeightPacking(Kind.NONE, false);

  /** As the file holds them. */
  public static final WeightPacking AS_STORED = new WeightPacking(Kind.AS_STORED, false);

  /** Whether matrices are rounded when they are loaded. */
  public boolean rounds() {
    return kind != Kind.NONE && kind != Kind.AS_STORED;
  }
}
