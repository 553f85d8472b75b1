/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import dev.dpo4j.io.Checksums;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A row as one person sees it: the order in which its answers stand is a function of seed, person
 * and row, and nothing that the browser gets tells it.
 *
 * @param row prompt and answers
 * @param gold whether the better answer is known: then it is the first
 * @param place place in the list of rows, or of gold questions
 * @param order indices of the answers as they stand on the page
 * @param id names the question in requests
 */
record Question(LabelRow row, boolean gold, int place, List<Integer> order, String id) {
  Question {
    order = List.copyOf(order);
  }

  static Question of(LabelRow row, boolean gold, int place, long seed, String annotator) {
    long id = Checksums.number("id", seed, annotator, gold, row.index(), row.digest());
    return new Question(
        row, gold, place, order(row, gold, seed, annotator), String.format("%016x", id));
  }

  private static List<Integer> order(LabelRow row, boolean gold, long seed, String annotator) {
    int count = row.answers().size();
    if (count == 2) {
      long side = Checksums.number("side", seed, annotator, gold, row.index(), row.digest());
      int left = (int) (side & 1);
      return List.of(left, 1 - left);
    }
    return IntStream.range(0, count)
        .boxed()
        .sorted(
            Comparator.comparing(
                answer ->
                    Checksums.number(
                        "order", seed, annotator, gold, row.index(), row.digest(), answer)))
        .toList();
  }

  /** Returns the index of the answer that stands first. */
  int left() {
    return order.get(0);
  }

  /** Returns the answer at a place on the page. */
  Object answer(int at) {
    return row.answers().get(order.get(at));
  }
}
