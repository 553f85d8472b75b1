/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.dist;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Finds the rank whose text is not that of rank 0. */
final class SameText {
  private static final int MOST_LINES = 6;

  private SameText() {}

  static byte[] bytes(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  /** Returns what is to be said where the texts of the ranks are not all the same. */
  static Optional<DistException> check(String what, List<byte[]> values, String remedy) {
    List<Integer> others = new ArrayList<>();
    for (int rank = 1; rank < values.size(); rank++) {
      if (!Arrays.equals(values.get(0), values.get(rank))) {
        others.add(rank);
      }
    }
    if (others.isEmpty()) {
      return Optional.empty();
    }
    int first = others.get(0);
    String more =
        others.size() == 1 ? "" : ", and so %s ".formatted(others.size() == 2 ? "has" : "have");
    String rest = others.size() == 1 ? "" : more + ranks(others.subList(1, others.size()));
    return Optional.of(
        new DistException(
            first,
            "rank %d has another %s than rank 0%s: %s; %s"
                .formatted(
                    first,
                    what,
                    rest,
                    difference(values.get(0), values.get(first), first),
                    remedy)));
  }

  private static String ranks(List<Integer> ranks) {
    return (ranks.size() == 1 ? "rank " : "ranks ")
        + String.join(", ", ranks.stream().map(String::valueOf).toList());
  }

  private static String difference(byte[] zero, byte[] other, int rank) {
    List<String> mine = lines(zero);
    List<String> theirs = lines(other);
    return "rank 0 has %s, rank %d has %s".formatted(only(mine, theirs), rank, only(theirs, mine));
  }

  private static List<String> lines(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8).lines().toList();
  }

  private static String only(List<String> these, List<String> those) {
    Set<String> known = new HashSet<>(those);
    List<String> left = these.stream().filter(line -> !known.contains(line)).toList();
    String some = String.join(", ", left.subList(0, Math.min(left.size(), MOST_LINES)));
    if (left.isEmpty()) {
      return "nothing more";
    }
    return left.size() > MOST_LINES ? some + ", and so on" : some;
  }
}
