/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

/**
 * The sum of float32 numbers in the order in which PyTorch adds them on a processor with AVX2, from
 * one thread: eight lanes, each of four rows, each of four levels.
 *
 * <p>The last bit of a sum depends on that order, and the offset of nested scales is a mean.
 */
final class VectorSum {
  private static final int LANES = 8;
  private static final int ROWS = 4;
  private static final int LEVELS = 4;
  private static final int WIDTH = LANES * ROWS;

  private VectorSum() {}

  /** The mean. */
  static float mean(float[] x) {
    return sum(x) / x.length;
  }

  private static float sum(float[] x) {
    float[] lanes = lanes(x);
    float sum = 0;
    for (int i = x.length / LANES * LANES; i < x.length; i++) {
      sum += x[i];
    }
    for (float lane : lanes) {
      sum += lane;
    }
    return sum;
  }

  /** The sums of the lanes over what fills all of them. */
  private static float[] lanes(float[] x) {
    int steps = x.length / WIDTH;
    float[] rows = rows(x, steps);
    int vectors = x.length / LANES;
    for (int vector = steps * ROWS; vector < vectors; vector++) {
      for (int lane = 0; lane < LANES; lane++) {
        rows[lane] += x[vector * LANES + lane];
      }
    }
    float[] lanes = new float[LANES];
    for (int lane = 0; lane < LANES; lane++) {
      float sum = rows[lane];
      for (int row = 1; row < ROWS; row++) {
        sum += rows[row * LANES + lane];
      }
      lanes[lane] = sum;
    }
    return lanes;
  }

  /**
   * Sums of steps are carried to the next level when a level is full, so that errors stay small.
   */
  private static float[] rows(float[] x, int steps) {
    int power = Math.max(4, ceilingLog2(steps) / LEVELS);
    int full = 1 << power;
    float[][] levels = new float[LEVELS][WIDTH];
    int step = 0;
    while (step + full <= steps) {
      for (int end = step + full; step < end; step++) {
        add(levels[0], x, step * WIDTH);
      }
      for (int level = 1; level < LEVELS; level++) {
        add(levels[level], levels[level - 1], 0);
        levels[level - 1] = new float[WIDTH];
        if ((step & ((full - 1) << (level * power))) != 0) {
          break;
        }
      }
    }
    for (; step < steps; step++) {
      add(levels[0], x, step * WIDTH);
    }
    for (int level = 1; level < LEVELS; level++) {
      add(levels[0], levels[level], 0);
    }
    return levels[0];
  }

  private static void add(float[] sums, float[] x, int from) {
    for (int i = 0; i < WIDTH; i++) {
      sums[i] += x[from + i];
    }
  }

  private static int ceilingLog2(int x) {
    return x <= 2 ? 1 : Integer.SIZE - Integer.numberOfLeadingZeros(x - 1);
  }
}
