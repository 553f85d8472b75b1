/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.stats.Estimate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SweepReportTest {

  private static SweepTrial trial(String beta, long seed, List<Double> margins, double kl) {
    double right = margins.stream().filter(margin -> margin > 0).count();
    Map<String, Double> figures = new LinkedHashMap<>();
    figures.put("accuracy", right / margins.size());
    figures.put("kl", kl);
    return new SweepTrial(
        "beta=" + beta + "_seed=" + seed,
        Map.of("beta", beta),
        seed,
        1,
        SweepTrial.FINISHED,
        figures,
        RowParts.ofMargins(margins));
  }

  /** Rows that are right with a probability of their own plus that of the point. */
  private static List<SweepTrial> drawn(
      Random random, Map<String, Double> better, int seeds, int rows) {
    double[] easy = random.doubles(rows, -0.2, 0.2).toArray();
    List<SweepTrial> trials = new ArrayList<>();
    better.forEach(
        (beta, gain) -> {
          for (int seed = 0; seed < seeds; seed++) {
            double luck = 0.01 * random.nextGaussian();
            List<Double> margins = new ArrayList<>();
            for (double one : easy) {
              margins.add(random.nextDouble() < 0.5 + one + gain + luck ? 1.0 : -1.0);
            }
            trials.add(trial(beta, seed, margins, 1));
          }
        });
    return trials;
  }

  private static Map<String, Double> gains(double... gains) {
    Map<String, Double> better = new LinkedHashMap<>();
    for (double gain : gains) {
      better.put(String.valueOf(Math.pow(10, better.size() - 2)), gain);
    }
    return better;
  }

  @Test
  void aLargeDifferenceIsMoreThanNoiseAndTheBestValueHasItsInterval() {
    List<SweepTrial> trials = drawn(new Random(1), gains(0, 0.3, -0.2), 3, 200);
    SweepReport report = SweepReport.of(Map.of(), "accuracy", trials, 1);
    assertThat(report.points().get(report.best()).settings()).containsEntry("beta", "0.1");
    assertThat(report.differences()).hasSize(2).allMatch(SweepReport.Difference::beyondNoise);
    assertThat(report.interval("beta")).containsExactly("0.1");
    JsonNode json = JsonMapper.shared().readTree(report.toJson());
    assertThat(json.path("best_values").path("beta").path("best").asString()).isEqualTo("0.1");
    assertThat(json.path("points").get(0).path("best_minus_this").path("beyond_noise").asBoolean())
        .isTrue();
  }

  @Test
  void twoSeedsCallNoDifferenceMoreThanNoise() {
    List<SweepTrial> trials = drawn(new Random(1), gains(0, 0.4), 2, 200);
    SweepReport report = SweepReport.of(Map.of(), "accuracy", trials, 1);
    assertThat(report.differences()).hasSize(1).noneMatch(SweepReport.Difference::beyondNoise);
  }

  @Test
  void equalPointsAreSeldomCalledDifferent() {
    int called = 0;
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      SweepReport report =
          SweepReport.of(Map.of(), "accuracy", drawn(random, gains(0, 0, 0, 0), 3, 60), i);
      boolean any = report.differences().stream().anyMatch(SweepReport.Difference::beyondNoise);
      called += any ? 1 : 0;
    }
    // The best of four is compared with the others, so that more than the level of 5 % is allowed:
    // with noise counted too generously, fewer are called. 20 of 200 are 3.3 deviations above 10.
    assertThat(called).isLessThanOrEqualTo(20);
  }

  @Test
  void theMeanOfSeedsAndRowsHasAnIntervalThatCoversTheTruth() {
    int covered = 0;
    int cases = 500;
    Random random = new Random(3);
    for (int i = 0; i < cases; i++) {
      double luck = 0;
      List<SweepTrial> trials = drawn(random, gains(0.1 + luck), 3, 80);
      Estimate found =
          SweepReport.of(Map.of(), "accuracy", trials, i).points().get(0).figures().get("accuracy");
      covered += found.covers(0.6) ? 1 : 0;
    }
    // What seeds and rows have together is counted twice: rather too wide than too narrow.
    assertThat((double) covered / cases).isBetween(0.94, 1.0);
  }

  @Test
  void fewerOfAFigureThatShouldBeSmallIsBetter() {
    List<SweepTrial> trials =
        List.of(
            trial("1.0", 1, List.of(1.0), 0.5),
            trial("1.0", 2, List.of(1.0), 0.7),
            trial("0.1", 1, List.of(1.0), 5),
            trial("0.1", 2, List.of(1.0), 7));
    SweepReport report = SweepReport.of(Map.of(), "kl", trials, 1);
    assertThat(report.best()).isZero();
    Estimate kl = report.points().get(0).figures().get("kl");
    assertThat(kl.value()).isCloseTo(0.6, within(1e-12));
    // Student's t of one degree of freedom times 0.1.
    assertThat(kl.high()).isCloseTo(0.6 + 12.706204736 * 0.1, within(1e-6));
  }

  @Test
  void runsThatDivergedAreCountedAndNoPointOfThemIsBest() {
    SweepTrial lost =
        new SweepTrial("x", Map.of("beta", "9"), 1, 1, SweepTrial.DIVERGED, Map.of(), Map.of());
    SweepReport report =
        SweepReport.of(
            Map.of(), "accuracy", List.of(lost, trial("1", 1, List.of(1.0, -1.0), 1)), 1);
    assertThat(report.best()).isEqualTo(1);
    assertThat(report.points().get(0).diverged()).isEqualTo(1);
    assertThat(SweepReport.of(Map.of(), "accuracy", List.of(lost), 1).best()).isNegative();
  }

  @Test
  void namesAreOrderedByHowOftenTheyWere() {
    Map<String, Double> shares = new LinkedHashMap<>();
    shares.put("hinge", 0.01);
    shares.put("ipo", 0.39);
    shares.put("sigmoid", 0.6);
    assertThat(BestValues.interval(shares)).containsExactly("sigmoid", "ipo");
  }
}
