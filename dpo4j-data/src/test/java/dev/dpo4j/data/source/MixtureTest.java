/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Orders that numpy 2 and the Python library datasets gave for the same seeds. */
class MixtureTest {
  private static RowSource source(String name, int rows) {
    return RowSource.of(IntStream.range(0, rows).mapToObj(i -> Map.of("text", name + i)).toList());
  }

  private static String read(MixStrategy strategy, List<Double> chances, int... sizes) {
    List<RowSource> sources = new ArrayList<>();
    for (int i = 0; i < sizes.length; i++) {
      sources.add(source(String.valueOf((char) ('a' + i)), sizes[i]));
    }
    List<Row> rows = new ArrayList<>();
    Faults faults = new Faults();
    new Mixture(sources, strategy, chances, 42).read(rows::add, faults);
    faults.throwIfAny();
    assertThat(rows)
        .extracting(Row::index)
        .isEqualTo(IntStream.range(0, rows.size()).boxed().toList());
    return rows.stream()
        .map(row -> String.valueOf(row.columns().get("text")))
        .collect(Collectors.joining(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "42; 0.7 0.3; 1 0 1 0 0 1 1 1 0 0 0 1 0 1 0 0 0 0 1 0",
        "0; 0.2 0.3 0.5; 2 1 0 0 2 2 2 2 2 2 2 0 2 0 2 0 2 2 1 1",
        "1099511627783; 0.5 0.5; 1 0 0 1 1 0 0 0 0 1 0 0 0 0 0 0 0 1 0 1",
      })
  void choicesAreThoseOfNumpy(long seed, String chances, String expected) {
    List<Double> p = Arrays.stream(chances.split(" ")).map(Double::valueOf).toList();
    WeightedChoice choice = new WeightedChoice(p, seed);
    String drawn =
        IntStream.range(0, 20)
            .mapToObj(i -> String.valueOf(choice.next()))
            .collect(Collectors.joining(" "));
    assertThat(drawn).isEqualTo(expected);
  }

  @Test
  void concatReadsOneAfterTheOther() {
    assertThat(read(MixStrategy.CONCAT, List.of(), 2, 0, 3)).isEqualTo("a0 a1 c0 c1 c2");
  }

  @Test
  void interleavingWithoutChancesTakesTurns() {
    assertThat(read(MixStrategy.INTERLEAVE_UNDER, List.of(), 3, 5)).isEqualTo("a0 b0 a1 b1 a2 b2");
    assertThat(read(MixStrategy.INTERLEAVE_OVER, List.of(), 3, 5))
        .isEqualTo("a0 b0 a1 b1 a2 b2 a0 b3 a1 b4");
  }

  @Test
  void interleavingWithChancesStopsWhereDatasetsStops() {
    List<Double> p = List.of(0.6, 0.4);
    assertThat(read(MixStrategy.INTERLEAVE_UNDER, p, 3, 5)).isEqualTo("b0 a0 b1 b2 a1 b3 b4");
    assertThat(read(MixStrategy.INTERLEAVE_OVER, p, 3, 5)).isEqualTo("b0 a0 b1 b2 a1 b3 b4 b0 a2");
  }

  @Test
  void nothingCanBeInterleavedWithAnEmptyDataSet() {
    assertThatThrownBy(() -> read(MixStrategy.INTERLEAVE_OVER, List.of(), 1, 0))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has no rows");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "0; 2 4 3 0 1",
        "42; 4 2 3 1 0",
        "7; 2 0 4 1 3",
        "0; 4 6 2 7 3 5 9 0 8 1",
        "42; 5 6 0 7 3 2 4 9 1 8",
      })
  void permutationsAreThoseOfNumpy(long seed, String expected) {
    int[] order = new NumpyGenerator(seed).permutation(expected.split(" ").length);
    assertThat(Arrays.stream(order).mapToObj(String::valueOf).collect(Collectors.joining(" ")))
        .isEqualTo(expected);
  }

  private static String texts(RowSource source) {
    List<String> texts = new ArrayList<>();
    Faults faults = new Faults();
    source.read(row -> texts.add(String.valueOf(row.columns().get("text"))), faults);
    return String.join(" ", texts);
  }

  @Test
  void heldOutRowsAreTheFirstOfTheOrderAndTheRestIsTrainedOn() {
    RowSource rows = source("a", 5);
    assertThat(texts(HeldOutRows.test(rows, 2, 42))).isEqualTo("a4 a2");
    assertThat(texts(HeldOutRows.train(rows, 2, 42))).isEqualTo("a3 a1 a0");
    assertThat(texts(HeldOutRows.test(rows, 0.3, 42))).as("rounded up").isEqualTo("a4 a2");
    assertThatThrownBy(() -> texts(HeldOutRows.train(rows, 5, 42)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("leaves none to train on");
  }

  @Test
  void aShareIsOfTheShuffledOrOfTheFirstRows() {
    RowSource rows = source("a", 5);
    assertThat(texts(HeldOutRows.shuffled(rows, 0.5, 0))).isEqualTo("a2 a4");
    assertThat(texts(HeldOutRows.first(rows, 0.5))).isEqualTo("a0 a1");
    assertThat(texts(HeldOutRows.drawn(rows, 6, 0))).startsWith("a2 a4 a3 a0 a1 a");
  }
}
