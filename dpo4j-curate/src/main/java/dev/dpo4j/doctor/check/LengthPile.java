/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

/**
 * Looks whether many answers have exactly the greatest length that occurs: the mark of a limit.
 *
 * <p>Lengths are counted in an array of fixed size; longer answers than it has room for are beyond
 * any limit that is looked for.
 */
public final class LengthPile {
  private static final int ROOM = 1 << 15;

  /** Fewer answers of the same length are chance. */
  private static final int MIN_ANSWERS = 5;

  /** Answers of a common length are as many as this among those of nine tenths of it and more. */
  private static final double MIN_SHARE = 0.3;

  private static final double MIN_SHARE_OF_ALL = 0.01;

  /** Shorter lengths are shared by many short answers by chance. */
  private static final int MIN_LENGTH = 32;

  private final int[] counts = new int[ROOM];
  private long all;

  public void add(int length) {
    if (length > 0) {
      counts[Math.min(length, ROOM - 1)]++;
      all++;
    }
  }

  public long bytes() {
    return (long) Integer.BYTES * counts.length;
  }

  /** Returns the length at which answers pile up, or 0 if there is none. */
  public int limit() {
    int longest = ROOM - 1;
    while (longest > 0 && counts[longest] == 0) {
      longest--;
    }
    if (longest < MIN_LENGTH || longest == ROOM - 1) {
      return 0;
    }
    long near = 0;
    for (int length = longest * 9 / 10; length <= longest; length++) {
      near += counts[length];
    }
    int at = counts[longest];
    boolean pile = at >= MIN_ANSWERS && at >= MIN_SHARE * near && at >= MIN_SHARE_OF_ALL * all;
    return pile ? longest : 0;
  }

  public int count(int length) {
    return counts[length];
  }
}
