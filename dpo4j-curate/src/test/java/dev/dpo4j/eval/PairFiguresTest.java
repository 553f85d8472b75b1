/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.stats.Estimate;
import dev.dpo4j.stats.PairedTest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Figures against those of numpy and scipy, which expected.py computed of the same pairs. */
class PairFiguresTest {
  /** The inputs are rounded to six digits before both sides compute. */
  private static final double EXACT = 1e-9;

  /** An optimum that another method has found. */
  private static final double OPTIMUM = 1e-6;

  /** Ends of intervals of other draws, by another method: three percent of the spread. */
  private static final double DRAWN = 0.01;

  private static JsonNode expected;
  private static List<ScoredPair> first;
  private static List<ScoredPair> second;
  private static double beta;

  @BeforeAll
  static void read() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(PairFiguresTest.class.getResourceAsStream("expected.json"))) {
      expected = JsonMapper.shared().readTree(in.readAllBytes());
    }
    beta = expected.path("beta").asDouble();
    first = pairs("first");
    second = pairs("second");
    assertThat(first).hasSize(150);
  }

  private static List<ScoredPair> pairs(String name) {
    List<ScoredPair> pairs = new ArrayList<>();
    for (JsonNode row : expected.path(name)) {
      int place = pairs.size();
      pairs.add(
          new ScoredPair(
              place,
              row.path("chosen").asDouble(),
              row.path("rejected").asDouble(),
              row.path("referenceChosen").asDouble(),
              row.path("referenceRejected").asDouble(),
              row.path("chosenTokens").asInt(),
              row.path("rejectedTokens").asInt(),
              place % 2 == 0 ? 1.5 : Double.NaN,
              Map.of("half", place < 75 ? "one" : "two")));
    }
    return pairs;
  }

  private static void matches(Estimate found, String name, double bounds) {
    JsonNode truth = expected.path(name);
    assertThat(found.value()).isCloseTo(truth.get(0).asDouble(), within(EXACT));
    assertThat(found.low()).isCloseTo(truth.get(1).asDouble(), within(bounds));
    assertThat(found.high()).isCloseTo(truth.get(2).asDouble(), within(bounds));
  }

  @Test
  void theFiguresAreThoseOfNumpyAndScipy() {
    Map<String, Estimate> figures = new PairFigures(beta, 1).of(first);
    matches(figures.get("accuracy"), "accuracy", EXACT);
    matches(figures.get("margin"), "margin", DRAWN);
    assertThat(figures.get("loss").value())
        .isCloseTo(expected.path("loss").asDouble(), within(EXACT));
    assertThat(figures.get("displacement").value())
        .isCloseTo(expected.path("displacement").asDouble(), within(EXACT));
    assertThat(figures.get("length_controlled_accuracy").value())
        .isCloseTo(expected.path("length_controlled_accuracy").asDouble(), within(OPTIMUM));
    assertThat(new PairFigures(beta, 1).reliability(first).error())
        .isCloseTo(expected.path("calibration_error").asDouble(), within(EXACT));
  }

  @Test
  void twoModelsAreComparedAsScipyDoes() {
    Map<String, PairedDifference> found = PairedDifference.of(first, second, beta, 1);
    JsonNode exact = expected.path("mcnemar");
    assertThat(PairedTest.mcNemar(exact.get(0).asInt(), exact.get(1).asInt()))
        .isCloseTo(exact.get(2).asDouble(), within(EXACT));
    assertThat(found.get("accuracy").p()).isCloseTo(exact.get(2).asDouble(), within(EXACT));
    assertThat(found.get("accuracy").difference().value())
        .isCloseTo((exact.get(0).asInt() - exact.get(1).asInt()) / 150.0, within(EXACT));
    assertThat(found.get("margin").difference().value())
        .isCloseTo(expected.path("margin_difference").asDouble(), within(EXACT));
    // Four standard errors of a share of 0.34 in 10,000 draws.
    assertThat(found.get("margin").p())
        .isCloseTo(expected.path("sign_flip").asDouble(), within(0.02));
  }

  @Test
  void aModelAgainstItselfDiffersByNothing() {
    PairedDifference same = PairedDifference.of(first, first, beta, 1).get("accuracy");
    assertThat(same.difference().value()).isZero();
    assertThat(same.p()).isEqualTo(1);
  }

  @Test
  void aTieIsNoHit() {
    ScoredPair tie = new ScoredPair(0, -5, -7, -5, -7, 3, 3, Double.NaN, Map.of());
    assertThat(new PairFigures(beta, 1).of(List.of(tie)).get("accuracy").value()).isZero();
  }

  @Test
  void withoutAReferenceThereAreNoRewards() {
    ScoredPair pair = new ScoredPair(0, -5, -7, Double.NaN, Double.NaN, 3, 3, Double.NaN, Map.of());
    Map<String, Estimate> figures = new PairFigures(beta, 1).of(List.of(pair));
    assertThat(figures.get("accuracy").value()).isEqualTo(1);
    assertThat(figures).doesNotContainKeys("margin", "loss", "displacement", "score_accuracy");
  }

  @Test
  void aModelThatIsAlwaysRightStillHasAnInterval() {
    List<ScoredPair> right = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      right.add(new ScoredPair(i, -5, -9 - i, -6, -6, 3 + i, 3, Double.NaN, Map.of()));
    }
    Estimate accuracy = new PairFigures(beta, 1).of(right).get("accuracy");
    assertThat(accuracy.value()).isEqualTo(1);
    assertThat(accuracy.low()).isBetween(0.8, 0.9);
    assertThat(new PairFigures(beta, 1).of(right).get("length_controlled_accuracy").value())
        .isBetween(0.9, 1.0);
  }

  @Test
  void aModelThatOnlyPrefersLengthIsNotBetterAtEqualLengths() {
    List<ScoredPair> pairs = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      // The chosen answer is longer in three of four pairs, and four times in five the model takes
      // the longer one.
      boolean longer = i % 4 != 0;
      boolean right = longer != (i / 4 % 5 == 0);
      pairs.add(
          new ScoredPair(
              i,
              right ? -1 : -2,
              right ? -2 : -1,
              0,
              0,
              longer ? 40 + i % 7 : 10,
              longer ? 10 : 40 + i % 7,
              Double.NaN,
              Map.of()));
    }
    Map<String, Estimate> figures = new PairFigures(beta, 1).of(pairs);
    // 0.75 * 0.8 + 0.25 * 0.2
    assertThat(figures.get("accuracy").value()).isCloseTo(0.65, within(EXACT));
    assertThat(figures.get("length_controlled_accuracy").value()).isBetween(0.4, 0.6);
  }

  @Test
  void theReportHoldsGroupsCalibrationAndComparison() {
    EvalReport report = EvalReport.of(Map.of(), first, second, List.of("half"), Map.of(), beta, 1);
    JsonNode json = JsonMapper.shared().readTree(report.toJson());
    assertThat(json.path("rows").asInt()).isEqualTo(150);
    assertThat(json.path("slices").path("half").path("one").path("accuracy").path("rows").asInt())
        .isEqualTo(75);
    assertThat(json.path("figures").path("score_accuracy").path("rows").asInt()).isEqualTo(75);
    assertThat(json.path("calibration").path("bins").size()).isPositive();
    assertThat(json.path("against_second_model").path("margin").path("p").isNumber()).isTrue();
    assertThat(json.path("against_reference").path("logp_accuracy").path("p").isNumber()).isTrue();
  }
}
