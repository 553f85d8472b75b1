/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import java.util.Arrays;

/**
 * Sketches of sets of shingles that tell how similar two sets are.
 *
 * <p>A shingle is a run of {@value #SHINGLE} tokens, in lower case; a token is a word in scripts
 * that write spaces and a character in those that do not, so that English and Chinese texts are cut
 * into pieces of about the same meaning. The share of places in which two sketches agree estimates
 * the Jaccard similarity of the sets (Broder 1997).
 *
 * <p>Each shingle is hashed once and falls into one of {@value #SIZE} bins, which keeps the least
 * hash (one permutation hashing, Li et al. 2012); empty bins borrow from others by a fixed random
 * order (optimal densification, Shrivastava 2017).
 */
final class MinHash {
  /** Places of a sketch. The standard error of a similarity of 0.8 is sqrt(0.8 * 0.2 / 126). */
  static final int SIZE = 126;

  /** Bands that find candidates; two texts that agree in all places of one band are compared. */
  static final int BANDS = 21;

  /** Tokens of a shingle. */
  static final int SHINGLE = 3;

  /** Sets with fewer shingles than this are not compared: the estimate would be too coarse. */
  static final int MIN_SHINGLES = 16;

  private static final int ROWS = SIZE / BANDS;
  private static final long EMPTY = -1L; // the largest unsigned number

  private final long[] bins = new long[SIZE];
  private int shingles;

  MinHash() {
    Arrays.fill(bins, EMPTY);
  }

  /** Adds the shingles of a text. Shingles do not reach from one text into the next. */
  void add(String text) {
    long a = 0;
    long b = 0;
    int tokens = 0;
    int at = 0;
    while (at < text.length()) {
      int c = text.codePointAt(at);
      int next = at + Character.charCount(c);
      if (!Character.isLetterOrDigit(c)) {
        at = next;
        continue;
      }
      long token = Fingerprint.mix(Character.toLowerCase(c) + 1L);
      if (Scripts.hasSpaces(c)) {
        while (next < text.length()) {
          c = text.codePointAt(next);
          if (!Character.isLetterOrDigit(c) || !Scripts.hasSpaces(c)) {
            break;
          }
          token = Fingerprint.mix(token * 31 + Character.toLowerCase(c));
          next += Character.charCount(c);
        }
      }
      at = next;
      if (++tokens >= SHINGLE) {
        addShingle(Fingerprint.mix(Fingerprint.mix(a * 31 + b) * 31 + token));
      }
      a = b;
      b = token;
    }
  }

  private void addShingle(long hash) {
    int bin = (int) Long.remainderUnsigned(hash >>> 1, SIZE);
    long value = Fingerprint.mix(hash);
    if (Long.compareUnsigned(value, bins[bin]) < 0) {
      bins[bin] = value;
    }
    shingles++;
  }

  /** Adds all that another sketch has seen. */
  void addAll(MinHash other) {
    for (int i = 0; i < SIZE; i++) {
      if (Long.compareUnsigned(other.bins[i], bins[i]) < 0) {
        bins[i] = other.bins[i];
      }
    }
    shingles += other.shingles;
  }

  /** Returns whether there is enough text to be compared. */
  boolean isComparable() {
    return shingles >= MIN_SHINGLES;
  }

  /** Returns the sketch with its empty bins filled; all zero where nothing was added. */
  long[] places() {
    long[] full = bins.clone();
    if (shingles == 0) {
      return new long[SIZE];
    }
    for (int bin = 0; bin < SIZE; bin++) {
      long tries = bin;
      while (full[bin] == EMPTY) {
        tries = Fingerprint.mix(tries + 0x9e3779b97f4a7c15L);
        full[bin] = bins[(int) Long.remainderUnsigned(tries, SIZE)];
      }
    }
    return full;
  }

  /** Returns the keys of the bands of a sketch; texts that share a key are candidates. */
  static long[] bands(long[] places) {
    long[] keys = new long[BANDS];
    for (int band = 0; band < BANDS; band++) {
      long key = band + 1L;
      for (int row = 0; row < ROWS; row++) {
        key = Fingerprint.mix(key * 31 + places[band * ROWS + row]);
      }
      keys[band] = key;
    }
    return keys;
  }

  /** Returns one byte of each place, enough to estimate a similarity. */
  static byte[] bytes(long[] places) {
    byte[] bytes = new byte[SIZE];
    for (int i = 0; i < SIZE; i++) {
      bytes[i] = (byte) places[i];
    }
    return bytes;
  }

  /**
   * Estimates the similarity of two sets from the bytes of their sketches.
   *
   * @return from 0 to 1; different places agree in a byte by chance once in 256, which is taken off
   */
  static double similarity(byte[] a, byte[] b) {
    int equal = 0;
    for (int i = 0; i < SIZE; i++) {
      equal += a[i] == b[i] ? 1 : 0;
    }
    double chance = 1.0 / 256;
    return Math.max(0, ((double) equal / SIZE - chance) / (1 - chance));
  }
}
