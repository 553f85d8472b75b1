/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.Arrays;

/**
 * The random numbers of torch's CPU generator, in plain Java.
 *
 * <p>The generator is the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) with the 32-bit
 * initialization of its authors. The same seed gives the same permutations as {@code
 * torch.randperm}, so that a run visits its rows in the order in which a Python trainer visits
 * them.
 */
public final class TorchGenerator {
  private static final int N = 624;
  private static final int M = 397;
  private static final int MATRIX_A = 0x9908b0df;
  private static final int UPPER_MASK = 0x80000000;
  private static final int LOWER_MASK = 0x7fffffff;

  /** From this many elements on, torch shuffles with 64-bit draws. */
  private static final long WIDE_DRAWS_FROM = 0xffffffffL / 20;

  private static final int NORMALS_AT_ONCE = 16;
  private static final int UNIT_MASK = (1 << 24) - 1;
  private static final float TO_UNIT = 0x1p-24f;

  private final int[] state = new int[N];
  private int next = N;

  /** A generator started like {@code torch.Generator().manual_seed(seed)}. */
  public TorchGenerator(long seed) {
    state[0] = (int) seed;
    for (int i = 1; i < N; i++) {
      int previous = state[i - 1];
      state[i] = 1812433253 * (previous ^ (previous >>> 30)) + i;
    }
  }

  /** The next 32 random bits. */
  public int nextInt() {
    if (next == N) {
      refill();
    }
    int y = state[next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >>> 18);
  }

  /** The next 64 random bits: the first draw is the upper half. */
  public long nextLong() {
    long upper = Integer.toUnsignedLong(nextInt());
    return upper << 32 | Integer.toUnsignedLong(nextInt());
  }

  /**
   * A random order of 0 .. n-1, equal to {@code torch.randperm(n)} on a CPU.
   *
   * @throws IllegalArgumentException if n is negative
   */
  public int[] permutation(int n) {
    if (n < 0) {
      throw new IllegalArgumentException("Cannot order " + n + " elements; expected 0 or more");
    }
    int[] order = new int[n];
    return n < WIDE_DRAWS_FROM ? shuffleForward(order) : shuffleInsideOut(order);
  }

  /**
   * Normal numbers of mean 0, those of {@code torch.empty(count).normal_(0, deviation)} on a CPU up
   * to the last digit of float32; torch draws fewer than 16 in another way.
   */
  public float[] normals(int count, double deviation) {
    float[] drawn = new float[Math.max(count, NORMALS_AT_ONCE)];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = unit();
    }
    int whole = drawn.length - drawn.length % NORMALS_AT_ONCE;
    for (int from = 0; from < whole; from += NORMALS_AT_ONCE) {
      toNormals(drawn, from, deviation);
    }
    if (whole < drawn.length) {
      // The last numbers are drawn anew with those before them, so that there are enough.
      int from = drawn.length - NORMALS_AT_ONCE;
      for (int i = from; i < drawn.length; i++) {
        drawn[i] = unit();
      }
      toNormals(drawn, from, deviation);
    }
    return Arrays.copyOf(drawn, count);
  }

  /** A number in [0, 1) of 24 bits. */
  private float unit() {
    return (nextInt() & UNIT_MASK) * TO_UNIT;
  }

  /** Box and Muller's transform of uniform numbers in place. */
  private static void toNormals(float[] drawn, int from, double deviation) {
    int half = NORMALS_AT_ONCE / 2;
    for (int i = from; i < from + half; i++) {
      double radius = Math.sqrt(-2 * Math.log(1 - drawn[i]));
      double angle = 2 * Math.PI * drawn[i + half];
      drawn[i] = (float) (radius * Math.cos(angle) * deviation);
      drawn[i + half] = (float) (radius * Math.sin(angle) * deviation);
    }
  }

  private int[] shuffleForward(int[] order) {
    int n = order.length;
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    for (int i = 0; i < n - 1; i++) {
      int chosen = i + Integer.remainderUnsigned(nextInt(), n - i);
      int swapped = order[i];
      order[i] = order[chosen];
      order[chosen] = swapped;
    }
    return order;
  }

  /** For this many elements the remainder of 32 bits would no longer be uniform. */
  private int[] shuffleInsideOut(int[] order) {
    for (int i = 0; i < order.length; i++) {
      int chosen = (int) Long.remainderUnsigned(nextLong(), i + 1L);
      order[i] = order[chosen];
      order[chosen] = i;
    }
    return order;
  }

  private void refill() {
    for (int i = 0; i < N; i++) {
      int y = (state[i] & UPPER_MASK) | (state[(i + 1) % N] & LOWER_MASK);
      state[i] = state[(i + M) % N] ^ (y >>> 1) ^ ((y & 1) == 0 ? 0 : MATRIX_A);
    }
    next = 0;
  }
}
