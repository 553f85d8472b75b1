/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages bytes at random: flips, runs, cuts, insertions, copies and telling numbers. */
public final class Mutations {
  private static final byte[][] TELLING = {
    "-1".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "9223372036854775807".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "18446744073709551616".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "null".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "1e308".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "[[[[[[[[".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "{\"a\":".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    "\"".getBytes(java.nio.charset.StandardCharsets.US_ASCII),
    {0, 0, 0, 0},
    {-1, -1, -1, -1, -1, -1, -1, -1},
    {-1, -1, -1, 127},
    {(byte) 0xc3, 0x28},
  };

  private Mutations() {}

  /** A damaged copy of the bytes. */
  public static byte[] of(byte[] original, SplittableRandom random) {
    byte[] bytes = original.clone();
    int steps = 1 + random.nextInt(3);
    for (int i = 0; i < steps && bytes.length > 0; i++) {
      bytes = step(bytes, random);
    }
    return bytes;
  }

  private static byte[] step(byte[] bytes, SplittableRandom random) {
    int at = random.nextInt(bytes.length);
    switch (random.nextInt(6)) {
      case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> bytes[at] = (byte) random.nextInt(256);
      case 2 -> {
        return Arrays.copyOf(bytes, at);
      }
      case 3 -> {
        byte[] telling = TELLING[random.nextInt(TELLING.length)];
        System.arraycopy(telling, 0, bytes, at, Math.min(telling.length, bytes.length - at));
      }
      case 4 -> {
        return insert(bytes, at, TELLING[random.nextInt(TELLING.length)]);
      }
      default -> {
        int from = random.nextInt(bytes.length);
        int length = Math.min(1 + random.nextInt(32), bytes.length - Math.max(at, from));
        System.arraycopy(bytes, from, bytes, at, length);
      }
    }
    return bytes;
  }

  private static byte[] insert(byte[] bytes, int at, byte[] added) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + added.length);
    System.arraycopy(bytes, at, longer, at + added.length, bytes.length - at);
    System.arraycopy(added, 0, longer, at, added.length);
    return longer;
  }
}
