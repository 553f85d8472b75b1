/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.tensor.DeviceMemoryException;
import java.util.stream.Stream;

/** Tells failures for want of memory from others: of the heap, of a card, or of the engine. */
final class MemoryFailure {
  private MemoryFailure() {}

  /** Whether there was no memory. */
  static boolean isOne(Throwable e) {
    // The engine tells only in words.
    String message = String.valueOf(e.getMessage());
    return e instanceof OutOfMemoryError
        || e instanceof DeviceMemoryException
        || Stream.of("can't allocate memory", "bad_alloc").anyMatch(message::contains);
  }

  /** The failure of an answer of so many tokens, prompt included. */
  static IllegalStateException of(int tokens, Throwable cause) {
    return new IllegalStateException(
        "There is not enough memory for an answer that has %d tokens with its prompt: ask for fewer tokens or fewer answers at a time."
            .formatted(tokens),
        cause);
  }
}
