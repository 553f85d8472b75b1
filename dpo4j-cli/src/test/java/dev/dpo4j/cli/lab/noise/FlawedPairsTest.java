/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.noise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.demo.DemoData;
import dev.dpo4j.cli.demo.DemoData.Pair;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlawedPairsTest {
  private static final List<Pair> RIGHT = DemoData.create(1).train();

  /** How many pairs have their answers the other way round. */
  private static long swapped(List<Pair> right, List<Pair> spoiled) {
    return IntStream.range(0, right.size())
        .filter(
            i -> {
              Pair a = right.get(i);
              Pair b = spoiled.get(i);
              assertThat(b.prompt()).isEqualTo(a.prompt());
              assertThat(Set.of(b.chosen(), b.rejected()))
                  .isEqualTo(Set.of(a.chosen(), a.rejected()));
              return b.chosen().equals(a.rejected());
            })
        .count();
  }

  private static boolean longer(String a, String b) {
    return a.codePointCount(0, a.length()) > b.codePointCount(0, b.length());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.2, 0.4, 1})
  void exactlyTheShareOfTheLabelsIsWrong(double share) {
    assertThat(swapped(RIGHT, FlawedPairs.flip(RIGHT, share, new Random(3))))
        .isEqualTo(Math.round(share * RIGHT.size()));
  }

  @Test
  void theSameSeedSpoilsTheSamePairsAndAnotherSeedOthers() {
    List<Pair> once = FlawedPairs.flip(RIGHT, 0.2, new Random(3));
    assertThat(FlawedPairs.flip(RIGHT, 0.2, new Random(3))).isEqualTo(once);
    assertThat(FlawedPairs.flip(RIGHT, 0.2, new Random(4))).isNotEqualTo(once);
  }

  @Test
  void fewPairsAreDrawnFromAllWithoutRepetition() {
    List<Pair> few = FlawedPairs.draw(RIGHT, 16, new Random(3));
    assertThat(few).hasSize(16).doesNotHaveDuplicates();
    assertThat(RIGHT).containsAll(few);
    assertThat(few).isNotEqualTo(RIGHT.subList(0, 16));
  }

  @Test
  void nearCopiesDifferInTheQuestionAlone() {
    List<Pair> few = FlawedPairs.draw(RIGHT, 5, new Random(3));
    List<Pair> copies = FlawedPairs.copy(few);
    assertThat(copies).hasSize(5 * FlawedPairs.ways()).doesNotHaveDuplicates();
    for (int i = 0; i < copies.size(); i++) {
      Pair of = few.get(i / FlawedPairs.ways());
      assertThat(copies.get(i).prompt()).containsIgnoringCase(of.prompt());
      assertThat(copies.get(i).chosen()).isEqualTo(of.chosen());
      assertThat(copies.get(i).rejected()).isEqualTo(of.rejected());
    }
  }

  @Test
  void halfOfTheRejectedAnswersBecomeTheLongerOnes() {
    assertThat(RIGHT).noneMatch(pair -> longer(pair.rejected(), pair.chosen()));
    List<Pair> padded = FlawedPairs.pad(RIGHT, new Random(3));
    assertThat(padded.stream().filter(pair -> longer(pair.rejected(), pair.chosen())))
        .hasSize(RIGHT.size() / 2);
    for (int i = 0; i < RIGHT.size(); i++) {
      assertThat(padded.get(i).chosen()).isEqualTo(RIGHT.get(i).chosen());
      assertThat(padded.get(i).rejected()).startsWith(RIGHT.get(i).rejected());
    }
  }

  @Test
  void labelsByLengthPreferTheLongerAnswerInTheirShareOfThePairs() {
    List<Pair> padded = FlawedPairs.pad(RIGHT, new Random(3));
    assertThat(FlawedPairs.preferLonger(padded, 0, new Random(3))).isEqualTo(padded);
    assertThat(FlawedPairs.preferLonger(padded, 1, new Random(3)))
        .allMatch(pair -> longer(pair.chosen(), pair.rejected()));
    long half = swapped(padded, FlawedPairs.preferLonger(padded, 0.5, new Random(4)));
    // Half of the pairs are labelled so, and it is wrong for about half of them.
    assertThat(half).isBetween(RIGHT.size() / 4 - 25L, RIGHT.size() / 4 + 25L);
  }

  @Test
  void everyStudyMakesPairsOfTheRightAnswersAndDegreesThatDiffer() {
    for (Study study : Study.values()) {
      Set<Object> settings = new HashSet<>();
      Set<List<Pair>> data = new HashSet<>();
      Set<Object> flaws = new HashSet<>();
      for (Study.Case one : study.cases()) {
        List<Pair> pairs = one.data().apply(RIGHT, new Random(1));
        assertThat(pairs).as(study.key()).isNotEmpty();
        assertThat(settings.add(one.settings())).as("%s twice", one.settings()).isTrue();
        data.add(pairs);
        flaws.add(one.settings().values().iterator().next());
      }
      assertThat(data).as(study.key()).hasSameSizeAs(flaws);
      assertThat(study.heldOut(RIGHT))
          .extracting(Pair::chosen)
          .isEqualTo(RIGHT.stream().map(Pair::chosen).toList());
    }
  }
}
