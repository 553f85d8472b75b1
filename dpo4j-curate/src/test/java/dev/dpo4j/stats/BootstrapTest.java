/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static final int SIMULATIONS = 2000;
  private static final int CASES = 60;

  /** Counts how often the interval of simulated cases holds the truth. */
  private static double coverage(long seed, double truth, ToDoubleFunction<Random> draw) {
    Random random = new Random(seed);
    int covered = 0;
    for (int simulation = 0; simulation < SIMULATIONS; simulation++) {
      double[] cases = new double[CASES];
      for (int i = 0; i < CASES; i++) {
        cases[i] = draw.applyAsDouble(random);
      }
      covered += new Bootstrap(simulation).mean(cases).covers(truth) ? 1 : 0;
    }
    return covered / (double) SIMULATIONS;
  }

  // 1.5 % is three standard errors of a share of 95 % in 2,000 simulations.

  @Test
  void theIntervalOfAMeanCoversTheTruthIn95PercentOfSimulations() {
    assertThat(coverage(1, 0.3, random -> 0.3 + 2 * random.nextGaussian())).isBetween(0.935, 0.965);
  }

  @Test
  void theIntervalOfALossCoversTheTruthIn95PercentOfSimulations() {
    // The loss log(1 + exp(-m)) of margins m ~ N(0.5, 1), skewed as losses are; the truth by
    // numerical integration with scipy.integrate.quad.
    assertThat(coverage(2, LOSS, random -> Math.log1p(Math.exp(-(0.5 + random.nextGaussian())))))
        .isBetween(0.935, 0.965);
  }

  private static final double LOSS = 0.5817256984;

  @Test
  void theIntervalOfAShareCoversTheTruthIn95PercentOfSimulations() {
    Random random = new Random(3);
    int covered = 0;
    for (int simulation = 0; simulation < SIMULATIONS; simulation++) {
      long hits = 0;
      for (int i = 0; i < 200; i++) {
        hits += random.nextDouble() < 0.7 ? 1 : 0;
      }
      covered += Estimate.of(new Proportion(hits, 200)).covers(0.7) ? 1 : 0;
    }
    assertThat(covered / (double) SIMULATIONS).isBetween(0.935, 0.965);
  }

  @Test
  void theIntervalOfARatioOfSumsCoversTheTruthIn95PercentOfSimulations() {
    Random random = new Random(4);
    int covered = 0;
    for (int simulation = 0; simulation < SIMULATIONS; simulation++) {
      double[] above = new double[CASES];
      double[] below = new double[CASES];
      for (int i = 0; i < CASES; i++) {
        below[i] = 5 + random.nextInt(100);
        above[i] = 0.02 * below[i] + Math.sqrt(below[i]) * random.nextGaussian();
      }
      covered += new Bootstrap(simulation).ratio(above, below).covers(0.02) ? 1 : 0;
    }
    assertThat(covered / (double) SIMULATIONS).isBetween(0.935, 0.965);
  }

  @Test
  void theSameSeedGivesTheSameInterval() {
    double[] cases = {1, 2, 3, 7, 9};
    assertThat(new Bootstrap(5).mean(cases)).isEqualTo(new Bootstrap(5).mean(cases));
    assertThat(new Bootstrap(6).mean(cases)).isNotEqualTo(new Bootstrap(5).mean(cases));
  }

  @Test
  void tooFewCasesHaveNoInterval() {
    assertThat(new Bootstrap(1).mean(new double[0])).isEqualTo(Estimate.NONE);
    Estimate one = new Bootstrap(1).mean(new double[] {4});
    assertThat(one.value()).isEqualTo(4);
    assertThat(one.low()).isNaN();
  }
}
