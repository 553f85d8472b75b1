/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * How a flat array is divided among the processes: each owns one stretch, in the order of the
 * ranks.
 */
public final class Stretches {
  private final long[] borders;

  private Stretches(long[] borders) {
    this.borders = borders;
  }

  /**
   * Divides evenly; a border inside is a multiple of {@code unit}, so that later stretches may be
   * shorter or empty.
   */
  public static Stretches even(long count, int size, long unit) {
    long each = (count + size * unit - 1) / (size * unit) * unit;
    return new Stretches(
        LongStream.rangeClosed(0, size).map(rank -> Math.min(count, rank * each)).toArray());
  }

  /**
   * Divides at some places only, each border at the place nearest to where it would be even.
   *
   * @param places ascending, from 0 to the length of the array
   */
  public static Stretches at(long[] places, int size) {
    long count = places[places.length - 1];
    long[] borders = new long[size + 1];
    for (int rank = 0; rank <= size; rank++) {
      long wanted = count / size * rank;
      borders[rank] =
          rank == size
              ? count
              : Arrays.stream(places)
                  .boxed()
                  .min((a, b) -> Long.compare(Math.abs(a - wanted), Math.abs(b - wanted)))
                  .orElseThrow();
    }
    return new Stretches(borders);
  }

  /** Stretches of given lengths, in the order of the ranks. */
  public static Stretches ofCounts(long... counts) {
    long[] borders = new long[counts.length + 1];
    for (int rank = 0; rank < counts.length; rank++) {
      borders[rank + 1] = borders[rank] + counts[rank];
    }
    return new Stretches(borders);
  }

  /** The number of processes. */
  public int size() {
    return borders.length - 1;
  }

  /** The first number that a process owns. */
  public long from(int rank) {
    return borders[rank];
  }

  /** The first number behind those that a process owns. */
  public long to(int rank) {
    return borders[rank + 1];
  }

  /** How many numbers a process owns. */
  public long count(int rank) {
    return to(rank) - from(rank);
  }

  /** The most numbers that any process owns. */
  public long longest() {
    long longest = 0;
    for (int rank = 0; rank < size(); rank++) {
      longest = Math.max(longest, count(rank));
    }
    return longest;
  }
}
