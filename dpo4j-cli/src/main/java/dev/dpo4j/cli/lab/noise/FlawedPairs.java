/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.noise;

import dev.dpo4j.cli.demo.DemoData.Pair;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Spoils preference pairs whose right labels are known. The same random numbers spoil the same. */
final class FlawedPairs {
  /** Ways to ask the same question a little differently; {@code %s} is the question. */
  private static final Map<String, List<String>> WAYS =
      Map.of(
          "en",
          List.of(
              "%s",
              "Hello. %s",
              "%s Thanks.",
              "Hi, %s",
              "%s Please help.",
              "Hello. %s Thanks.",
              "Well, %s",
              "%s Thank you."),
          "zh",
          List.of("%s", "你好。%s", "%s谢谢。", "请问，%s", "%s请帮忙。", "你好。%s谢谢。", "那么，%s", "%s多谢。"));

  private FlawedPairs() {}

  /** How many near-copies of a pair there are, itself included. */
  static int ways() {
    return WAYS.values().stream().mapToInt(List::size).min().orElseThrow();
  }

  /** Swaps the answers of a share of the pairs, rounded to whole pairs and drawn at random. */
  static List<Pair> flip(List<Pair> pairs, double share, Random random) {
    Set<Integer> flipped = places(pairs.size(), share, random);
    List<Pair> all = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      all.add(flipped.contains(i) ? swapped(pairs.get(i)) : pairs.get(i));
    }
    return all;
  }

  /** Draws some of the pairs, in random order. */
  static List<Pair> draw(List<Pair> pairs, int count, Random random) {
    List<Pair> all = new ArrayList<>(pairs);
    Collections.shuffle(all, random);
    return List.copyOf(all.subList(0, Math.min(count, all.size())));
  }

  /** Asks each question in several ways, with the same two answers. */
  static List<Pair> copy(List<Pair> pairs) {
    List<Pair> all = new ArrayList<>();
    for (Pair pair : pairs) {
      for (String way : WAYS.getOrDefault(pair.language(), List.of("%s"))) {
        all.add(
            new Pair(
                pair.language(), way.replace("%s", pair.prompt()), pair.chosen(), pair.rejected()));
      }
    }
    return all;
  }

  /**
   * Makes the rejected answers of half of the pairs longer than the chosen ones, by stringing
   * rejected answers of the same language together.
   */
  static List<Pair> pad(List<Pair> pairs, Random random) {
    Set<Integer> padded = places(pairs.size(), 0.5, random);
    List<Pair> all = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      Pair pair = pairs.get(i);
      if (padded.contains(i)) {
        String rejected = pair.rejected();
        List<String> others =
            pairs.stream()
                .filter(other -> other.language().equals(pair.language()))
                .map(Pair::rejected)
                .toList();
        while (length(rejected) <= length(pair.chosen())) {
          rejected +=
              (pair.language().equals("en") ? " " : "") + others.get(random.nextInt(others.size()));
        }
        all.add(new Pair(pair.language(), pair.prompt(), pair.chosen(), rejected));
      } else {
        all.add(pair);
      }
    }
    return all;
  }

  /** Labels a share of the pairs by length: there the longer answer becomes the chosen one. */
  static List<Pair> preferLonger(List<Pair> pairs, double share, Random random) {
    Set<Integer> byLength = places(pairs.size(), share, random);
    List<Pair> all = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      Pair pair = pairs.get(i);
      boolean swap = byLength.contains(i) && length(pair.rejected()) > length(pair.chosen());
      all.add(swap ? swapped(pair) : pair);
    }
    return all;
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static Pair swapped(Pair pair) {
    return new Pair(pair.language(), pair.prompt(), pair.rejected(), pair.chosen());
  }

  private static Set<Integer> places(int size, double share, Random random) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      all.add(i);
    }
    Collections.shuffle(all, random);
    return new HashSet<>(all.subList(0, (int) Math.round(share * size)));
  }
}
