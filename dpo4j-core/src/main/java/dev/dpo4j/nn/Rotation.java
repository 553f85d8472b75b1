/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import java.util.function.IntFunction;

/**
 * How the heads of a layer are rotated: the first coordinates by angles that grow with the
 * position, the others not at all.
 */
public final class Rotation {
  /** Leaves heads as they are. */
  public static final Rotation NONE = new Rotation(length -> new double[0], 1, false, false);

  private final IntFunction<double[]> inverseFrequencies;
  private final double factor;
  private final boolean interleaved;
  private final boolean byLength;

  /**
   * Makes a rotation.
   *
   * @param inverseFrequencies radians per position of each pair of coordinates, in sequences of up
   *     to so many tokens
   * @param factor what multiplies rotated coordinates (yarn's attention factor, else 1)
   * @param interleaved whether neighbours are pairs; else a coordinate of the first half and one of
   *     the second
   * @param byLength whether frequencies depend on the length
   */
  public Rotation(
      IntFunction<double[]> inverseFrequencies,
      double factor,
      boolean interleaved,
      boolean byLength) {
    this.inverseFrequencies = inverseFrequencies;
    this.factor = factor;
    this.interleaved = interleaved;
    this.byLength = byLength;
  }

  /** Radians per position of each pair. */
  double[] inverseFrequencies(int length) {
    return inverseFrequencies.apply(length);
  }

  double factor() {
    return factor;
  }

  boolean interleaved() {
    return interleaved;
  }

  boolean byLength() {
    return byLength;
  }
}
