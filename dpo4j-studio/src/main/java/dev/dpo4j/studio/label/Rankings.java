/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import java.util.List;

/** What may be said about a question, and what it means for the answers of the row. */
final class Rankings {
  private Rankings() {}

  /**
   * Checks that a choice fits the question.
   *
   * @param places the ranking as places on the page
   * @param full whether each answer has a rank of its own; else the best and the worst are named
   * @return the ranking as indices of the row's answers, empty where nothing was ranked
   * @throws LabelException if it does not
   */
  static List<List<Integer>> check(
      Question question, Choice choice, List<List<Integer>> places, boolean full) {
    int count = question.order().size();
    boolean pair = count == 2;
    boolean sides = choice == Choice.LEFT || choice == Choice.RIGHT;
    if (pair ? choice == Choice.RANKED : sides) {
      throw bad("The choice \"" + choice.word() + "\" does not fit " + count + " answers.");
    }
    if (choice != Choice.RANKED) {
      if (!places.isEmpty()) {
        throw bad("Only the choice \"ranked\" has a ranking.");
      }
      return List.of();
    }
    List<Integer> all = places.stream().flatMap(List::stream).sorted().toList();
    boolean once = all.size() == count && all.stream().distinct().count() == count;
    boolean known = all.stream().allMatch(place -> place >= 0 && place < count);
    boolean shape =
        full
            ? places.size() == count
            : places.size() == 3 && places.get(0).size() == 1 && places.get(2).size() == 1;
    if (!once || !known || !shape) {
      throw bad(
          full
              ? "A ranking names each answer once, the best first."
              : "A ranking names the best answer, the others, and the worst answer.");
    }
    return places.stream()
        .map(group -> group.stream().map(place -> question.order().get(place)).toList())
        .toList();
  }

  private static LabelException bad(String message) {
    return new LabelException(LabelException.BAD_REQUEST, message);
  }
}
