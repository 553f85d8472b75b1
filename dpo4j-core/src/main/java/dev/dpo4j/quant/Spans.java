/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.quant;

import java.util.stream.IntStream;

/** Work on an array that is split among the processors; each part writes to places of its own. */
final class Spans {
  /** Parts a processor: so that one that began late does not hold up the others. */
  private static final int PARTS = 4;

  /** Below so many pieces of work the split costs more than it gains. */
  private static final int LEAST = 64;

  private Spans() {}

  /** Does the work on a part. */
  @FunctionalInterface
  interface Work {
    void on(int from, int to);
  }

  /** Does work on {@code count} pieces. */
  static void each(int count, Work work) {
    int parts = Math.min(count / LEAST, PARTS * Runtime.getRuntime().availableProcessors());
    if (parts < 2) {
      work.on(0, count);
      return;
    }
    IntStream.range(0, parts)
        .parallel()
        .forEach(
            part ->
                work.on(
                    (int) ((long) count * part / parts),
                    (int) ((long) count * (part + 1) / parts)));
  }
}
