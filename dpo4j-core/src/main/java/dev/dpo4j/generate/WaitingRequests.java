/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.generate;

import dev.dpo4j.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/**
 * Requests that have not begun: the most urgent first, and those of equal priority as they came.
 * All methods may be called from any thread.
 */
final class WaitingRequests {
  private static final Comparator<Sequence> ORDER =
      Comparator.comparingInt((Sequence sequence) -> -sequence.request.priority())
          .thenComparingLong(sequence -> sequence.number);

  private final Tokenizer tokenizer;
  private final TreeSet<Sequence> all = new TreeSet<>(ORDER);
  private long submitted;

  WaitingRequests(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  synchronized GenerationTask add(GenerationRequest request) {
    Sequence sequence = new Sequence(request, tokenizer, submitted++);
    all.add(sequence);
    return sequence.task;
  }

  synchronized int size() {
    return all.size();
  }

  /** Those whose turn is next and that nobody has cancelled. */
  synchronized List<Sequence> first(int most) {
    return all.stream().filter(sequence -> !sequence.task.isCancelled()).limit(most).toList();
  }

  synchronized void remove(Sequence sequence) {
    all.remove(sequence);
  }

  /** Whether another request asks the same. */
  synchronized boolean hasTwin(Sequence sequence) {
    return all.stream()
        .anyMatch(other -> other != sequence && Arrays.equals(other.prompt(), sequence.prompt()));
  }

  /** Removes those that were cancelled and returns them. */
  synchronized List<Sequence> takeCancelled() {
    List<Sequence> gone = all.stream().filter(sequence -> sequence.task.isCancelled()).toList();
    all.removeAll(gone);
    return gone;
  }

  /** Removes all and returns them. */
  synchronized List<Sequence> takeAll() {
    List<Sequence> taken = List.copyOf(all);
    all.clear();
    return taken;
  }
}
