/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.loss.PairLoss;
import dev.dpo4j.loss.objective.LossOptions;
import dev.dpo4j.loss.objective.LossType;
import dev.dpo4j.loss.pair.IpoLoss;
import dev.dpo4j.loss.pair.SigmoidLoss;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The theory of DPO where it can be computed to the end. */
class BanditTest {
  private static final double BETA = 0.5;

  private final Bandit bandit = Bandit.random(5, new Random(7));
  private final PairLoss dpo = new SigmoidLoss(BETA);

  private double distance(double[][] wins, int steps) {
    List<double[]> policies = bandit.train(dpo, wins, 2 / (BETA * BETA), steps);
    return Bandit.totalVariation(Bandit.exp(policies.get(steps)), bandit.optimum(BETA));
  }

  @Test
  void theOptimumIsTheReferenceReweightedByTheReward() {
    double[] optimum = bandit.optimum(BETA);
    double[] reference = Bandit.exp(bandit.reference());
    double sum = 0;
    for (int i = 0; i < 5; i++) {
      double odds = optimum[i] / optimum[0] / (reference[i] / reference[0]);
      double expected = Math.exp((bandit.rewards()[i] - bandit.rewards()[0]) / BETA);
      assertThat(odds).isCloseTo(expected, within(1e-12 * expected));
      sum += optimum[i];
    }
    assertThat(sum).isCloseTo(1, within(1e-12));
  }

  @Test
  void dpoOnAllComparisonsInProportionComesToTheOptimum() {
    // The loss is convex with its minimum there; what is left is the descent's, not the theory's.
    assertThat(distance(bandit.expectedComparisons(), 20_000)).isLessThan(1e-6);
  }

  @Test
  void dpoOnSampledComparisonsComesNearerTheMoreThereAre() {
    double[] means = new double[3];
    int[] pairs = {100, 2_500, 62_500};
    for (int i = 0; i < pairs.length; i++) {
      for (int seed = 0; seed < 10; seed++) {
        means[i] += distance(bandit.compare(pairs[i], new Random(seed)), 2_000) / 10;
      }
    }
    // The error falls with the root of the number: 25 times the pairs, about a fifth of it.
    assertThat(means[1]).isBetween(means[0] / 10, means[0] / 2.5);
    assertThat(means[2]).isBetween(means[1] / 10, means[1] / 2.5);
    assertThat(means[2]).isLessThan(0.01);
  }

  @Test
  void whereTheBetterAnswerAlwaysWinsDposMarginGrowsAndIposStays() {
    LossOptions options = LossOptions.of("loss_type: ipo\nbeta: " + BETA);
    PairLoss ipo = (IpoLoss) LossType.IPO.single(options);
    double[][] wins = bandit.deterministicComparisons();
    List<double[]> ofDpo = bandit.train(dpo, wins, 0.25, 10_000);
    List<double[]> ofIpo = bandit.train(ipo, wins, 0.25, 10_000);
    double early = bandit.margin(ofDpo.get(1_000));
    assertThat(bandit.margin(ofDpo.get(10_000))).isGreaterThan(early + 1);
    assertThat(bandit.margin(ofIpo.get(10_000)))
        .isCloseTo(bandit.margin(ofIpo.get(1_000)), within(1e-9));
  }

  @Test
  void iposMarginOfTwoAnswersIsOneOverTwoBeta() {
    Bandit two = Bandit.random(2, new Random(3));
    PairLoss ipo = (IpoLoss) LossType.IPO.single(LossOptions.of("loss_type: ipo\nbeta: " + BETA));
    List<double[]> policies = two.train(ipo, two.deterministicComparisons(), 0.1, 2_000);
    assertThat(two.margin(policies.get(2_000))).isCloseTo(1 / (2 * BETA), within(1e-9));
  }
}
