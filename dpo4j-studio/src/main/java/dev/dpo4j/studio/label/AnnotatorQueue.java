/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.io.Checksums;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The place of one annotator: what was decided, in which order rows come, what lies open now. */
final class AnnotatorQueue {
  /** A decision that can be taken back, with the question it answered. */
  record Done(Question question, Decision decision) {}

  /**
   * The question in front of the annotator, and since when it is kept for them.
   *
   * @param since nanoseconds of a clock that never jumps
   */
  record Open(Question question, long since) {}

  final String annotator;
  final List<Integer> rowOrder;
  final List<Integer> goldOrder;
  private final Set<Integer> decidedRows = new HashSet<>();
  private final Set<Integer> decidedGold = new HashSet<>();
  private final Deque<Done> done = new ArrayDeque<>();
  private @Nullable Open open;

  AnnotatorQueue(String annotator, int rows, int golds, boolean shuffle, long seed) {
    this.annotator = annotator;
    this.rowOrder = order(rows, shuffle, Checksums.number("rows", seed, annotator));
    this.goldOrder = order(golds, true, Checksums.number("gold", seed, annotator));
  }

  private static List<Integer> order(int count, boolean shuffle, long seed) {
    List<Integer> order = IntStream.range(0, count).boxed().collect(Collectors.toList());
    if (shuffle) {
      Collections.shuffle(order, new Random(seed));
    }
    return List.copyOf(order);
  }

  /** Returns how many questions were answered and not taken back. */
  int answered() {
    return done.size();
  }

  boolean hasDecided(boolean gold, int place) {
    return (gold ? decidedGold : decidedRows).contains(place);
  }

  /** Returns the gold questions that were not answered yet, in the order of this annotator. */
  List<Integer> goldLeft() {
    return goldOrder.stream().filter(place -> !decidedGold.contains(place)).toList();
  }

  @Nullable Done last() {
    return done.peekLast();
  }

  void add(Done answered) {
    done.addLast(answered);
    places(answered).add(answered.question().place());
  }

  Done removeLast() {
    Done removed = done.removeLast();
    places(removed).remove(removed.question().place());
    return removed;
  }

  private Set<Integer> places(Done answered) {
    return answered.question().gold() ? decidedGold : decidedRows;
  }

  @Nullable Open open() {
    return open;
  }

  void open(@Nullable Open question) {
    open = question;
  }
}
