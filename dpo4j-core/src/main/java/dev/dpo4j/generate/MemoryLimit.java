/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.model.Decoder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Lets answers begin only where there is memory for the keys and values of all tokens that they and
 * those before them may get. Others wait until some have ended.
 */
final class MemoryLimit {
  private final Decoder decoder;
  private LongSupplier left = () -> Long.MAX_VALUE;

  /** There is no limit until one is set. */
  MemoryLimit(Decoder decoder) {
    this.decoder = decoder;
  }

  /**
   * Sets the limit.
   *
   * @param left bytes that keys and values may still take, asked when answers are to begin
   */
  void set(LongSupplier left) {
    this.left = left;
  }

  /**
   * The first of those whose turn is next, as far as there is memory for them. An answer that would
   * be alone begins in any case: waiting gains nothing.
   *
   * @param kept sequences in the decoder beside those that run
   */
  List<Sequence> fitting(List<Sequence> running, List<Sequence> next, int kept) {
    List<Sequence> fitting = new ArrayList<>();
    int longest = longest(running);
    long bytes = -1;
    for (Sequence one : next) {
      longest = Math.max(longest, one.longest());
      int count = running.size() + fitting.size() + 1;
      long missing = count == 1 ? 0 : decoder.missingBytes(count + kept, longest);
      if (missing > 0 && bytes < 0) {
        bytes = Math.max(0, left.getAsLong());
      }
      if (missing > 0 && missing > bytes) {
        // Nobody overtakes it, so that its turn comes.
        break;
      }
      fitting.add(one);
    }
    return fitting;
  }

  /** Bytes that running answers will still take if they become as long as they may. */
  long missing(List<Sequence> running, int kept) {
    return running.isEmpty() ? 0 : decoder.missingBytes(running.size() + kept, longest(running));
  }

  private static int longest(List<Sequence> sequences) {
    return sequences.stream().mapToInt(Sequence::longest).max().orElse(0);
  }
}
