/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

/**
 * The generator of {@code numpy.random.default_rng(seed)}: PCG64 (M. O'Neill, "PCG: A Family of
 * Simple Fast Space-Efficient Statistically Good Algorithms for Random Number Generation", 2014,
 * variant XSL RR 128/64), seeded by numpy's SeedSequence.
 */
final class NumpyGenerator {
  private static final int POOL = 4;
  private static final int INIT_A = 0x43b0d7e5;
  private static final int MULT_A = 0x931e8875;
  private static final int INIT_B = 0x8b51f9dd;
  private static final int MULT_B = 0x58f38ded;
  private static final int MIX_LEFT = 0xca01f9dd;
  private static final int MIX_RIGHT = 0x4973f715;
  private static final long MULTIPLIER_HIGH = 2549297995355413924L;
  private static final long MULTIPLIER_LOW = 4865540595714422341L;

  private long stateHigh;
  private long stateLow;
  private final long incrementHigh;
  private final long incrementLow;
  private int hash;
  private long spare;
  private boolean hasSpare;

  /** Starts a sequence; the seed is 0 or more. */
  NumpyGenerator(long seed) {
    long[] words = seedWords(seed);
    // The increment is odd: the sequence number, shifted, with its last bit set.
    this.incrementHigh = words[2] << 1 | words[3] >>> 63;
    this.incrementLow = words[3] << 1 | 1;
    step();
    add(words[0], words[1]);
    step();
  }

  /** Returns the next 64 bits. */
  long nextLong() {
    step();
    return Long.rotateRight(stateHigh ^ stateLow, (int) (stateHigh >>> 58));
  }

  /** Returns the next number of at least 0 and less than 1. */
  double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Returns half of the next 64 bits, the lower half first. */
  private long nextHalf() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    long word = nextLong();
    spare = word >>> 32;
    hasSpare = true;
    return word & 0xffffffffL;
  }

  /** Returns the numbers below {@code size} in the order that numpy's permutation gives them. */
  int[] permutation(int size) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    for (int i = size - 1; i > 0; i--) {
      long mask = (Long.highestOneBit(i) << 1) - 1;
      long drawn = nextHalf() & mask;
      while (drawn > i) {
        drawn = nextHalf() & mask;
      }
      int other = (int) drawn;
      int held = order[i];
      order[i] = order[other];
      order[other] = held;
    }
    return order;
  }

  private void step() {
    long high =
        stateHigh * MULTIPLIER_LOW
            + stateLow * MULTIPLIER_HIGH
            + unsignedHigh(stateLow, MULTIPLIER_LOW);
    stateLow *= MULTIPLIER_LOW;
    stateHigh = high;
    add(incrementHigh, incrementLow);
  }

  private void add(long high, long low) {
    long sum = stateLow + low;
    stateHigh += high + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
    stateLow = sum;
  }

  private static long unsignedHigh(long a, long b) {
    return Math.multiplyHigh(a, b) + (a >> 63 & b) + (b >> 63 & a);
  }

  /** Spreads a seed over four words of 64 bits. */
  private long[] seedWords(long seed) {
    int[] entropy = {(int) seed, (int) (seed >>> 32)};
    int[] pool = new int[POOL];
    hash = INIT_A;
    for (int i = 0; i < POOL; i++) {
      pool[i] = hashed(i < entropy.length ? entropy[i] : 0);
    }
    for (int source = 0; source < POOL; source++) {
      for (int target = 0; target < POOL; target++) {
        if (source != target) {
          pool[target] = mixed(pool[target], hashed(pool[source]));
        }
      }
    }
    int constant = INIT_B;
    long[] words = new long[4];
    for (int i = 0; i < 2 * words.length; i++) {
      int value = pool[i % POOL] ^ constant;
      constant *= MULT_B;
      value *= constant;
      value ^= value >>> 16;
      words[i / 2] |= Integer.toUnsignedLong(value) << (32 * (i % 2));
    }
    return words;
  }

  private int hashed(int value) {
    int result = value ^ hash;
    hash *= MULT_A;
    result *= hash;
    return result ^ result >>> 16;
  }

  private static int mixed(int x, int y) {
    int result = MIX_LEFT * x - MIX_RIGHT * y;
    return result ^ result >>> 16;
  }
}
