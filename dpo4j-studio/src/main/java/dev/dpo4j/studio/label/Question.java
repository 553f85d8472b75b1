/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

/**
 * A row as one person sees it: which answer stands on the left is a function of seed, person and
 * row, and nothing that the browser gets tells it.
 *
 * @param row prompt and answers
 * @param gold whether the better answer is known: then it is the first
 * @param place place in the list of rows, or of gold questions
 * @param left index of the answer on the left, 0 or 1
 * @param id names the question in requests
 */
record Question(LabelRow row, boolean gold, int place, int left, String id) {
  static Question of(LabelRow row, boolean gold, int place, long seed, String annotator) {
    long side = Hash.number("side", seed, annotator, gold, row.index(), row.digest());
    long id = Hash.number("id", seed, annotator, gold, row.index(), row.digest());
    return new Question(row, gold, place, (int) (side & 1), String.format("%016x", id));
  }

  /** Returns the answer on the left or on the right. */
  Object side(boolean onTheLeft) {
    return row.answers().get(onTheLeft ? left : 1 - left);
  }
}
