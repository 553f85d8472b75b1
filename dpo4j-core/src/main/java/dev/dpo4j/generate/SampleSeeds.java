/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

/**
 * Seeds for the answers of a file of prompts, one for each (seed, row, sample): they depend on
 * nothing else, so that neither the batch size nor what was answered before matters.
 */
public final class SampleSeeds {
  /** JSON readers that keep numbers as doubles must find the same seed. */
  private static final long LIMIT = (1L << 53) - 1;

  private SampleSeeds() {}

  /** Returns the seed of an answer, from 0 to 2^53 - 1. */
  public static long of(long seed, long row, long sample) {
    return mix(mix(mix(seed) + row) + sample) & LIMIT;
  }

  /** The finaliser of SplitMix64 ("Fast splittable pseudorandom number generators", 2014). */
  private static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
