/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.stats.Estimate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class RowPartsTest {
  @Test
  void theLossOfAMarginIsMinusItsLogSigmoidAndStaysFinite() {
    assertThat(RowParts.loss(0)).isEqualTo(Math.log(2));
    // -log(1 / (1 + exp(-2))), worked out to 16 digits
    assertThat(RowParts.loss(2)).isCloseTo(0.126928011042972496, within(1e-15));
    assertThat(RowParts.loss(-2000)).isEqualTo(2000);
    assertThat(RowParts.loss(2000)).isZero();
  }

  @Test
  void thePartsOfAQuotientHaveItAsTheirMean() {
    List<Double> parts = RowParts.quotient(new double[] {2, 9}, new double[] {1, 3});
    assertThat(mean(parts)).isCloseTo(11 / 4.0, within(1e-12));
    // 2.75 + (2 - 2.75) / 2 and 2.75 + (9 - 8.25) / 2
    assertThat(parts).containsExactly(2.375, 3.125);
  }

  @Test
  void thePartsOfSingleAnswersHaveTheFiguresAsTheirMeans() {
    Random random = new Random(5);
    UnpairedFigures figures = answers(random, 40, 0.8);
    Map<String, Estimate> whole = figures.figures(1);
    Map<String, List<Double>> parts = figures.parts();
    assertThat(parts).hasSize(6);
    parts.forEach(
        (name, each) ->
            assertThat(mean(each)).as(name).isCloseTo(whole.get(name).value(), within(1e-12)));
  }

  @Test
  void thePartsOfPairsHaveTheFiguresAsTheirMeans() {
    Random random = new Random(6);
    List<ScoredPair> pairs = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      double[] draws = random.doubles(4, -20, -5).toArray();
      int tokens = 1 + random.nextInt(9);
      pairs.add(
          new ScoredPair(
              i, draws[0], draws[1], draws[2], draws[3], tokens, 4, Double.NaN, Map.of()));
    }
    PairFigures figures = new PairFigures(0.1, 1);
    Map<String, Estimate> whole = figures.of(pairs);
    Map<String, List<Double>> parts = figures.parts(pairs);
    assertThat(parts)
        .containsOnlyKeys(
            "accuracy",
            "margin",
            "loss",
            "displacement",
            "logp_accuracy",
            "reference_logp_accuracy");
    parts.forEach(
        (name, each) ->
            assertThat(mean(each)).as(name).isCloseTo(whole.get(name).value(), within(1e-12)));
  }

  @Test
  void theVarianceOfThePartsIsThatOfTheFigureOverDrawsOfRows() {
    Random random = new Random(8);
    int rows = 60;
    int draws = 2000;
    List<Double> areas = new ArrayList<>();
    List<Double> margins = new ArrayList<>();
    double ofArea = 0;
    double ofMargin = 0;
    for (int i = 0; i < draws; i++) {
      Map<String, List<Double>> parts = answers(random, rows, 0.6).parts();
      areas.add(mean(parts.get("auc")));
      margins.add(mean(parts.get("margin")));
      ofArea += variance(parts.get("auc")) / rows / draws;
      ofMargin += variance(parts.get("margin")) / rows / draws;
    }
    // A variance of 2,000 draws is known to 3 % (one deviation); DeLong's is of the first order in
    // 1 / rows.
    assertThat(ofArea / variance(areas)).isBetween(0.85, 1.15);
    assertThat(ofMargin / variance(margins)).isBetween(0.85, 1.15);
  }

  /** Half good answers, whose log-ratios are greater by some. */
  private static UnpairedFigures answers(Random random, int rows, double better) {
    double[] logRatios = new double[rows];
    boolean[] desirable = new boolean[rows];
    for (int i = 0; i < rows; i++) {
      desirable[i] = i % 2 == 0;
      logRatios[i] = random.nextGaussian() + (desirable[i] ? better : 0);
    }
    return new UnpairedFigures(logRatios, desirable, new double[] {0.2, -0.1}, 0.5);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  private static double variance(List<Double> values) {
    double mean = mean(values);
    DoubleStream squares = values.stream().mapToDouble(value -> (value - mean) * (value - mean));
    return squares.sum() / (values.size() - 1);
  }
}
