/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

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
