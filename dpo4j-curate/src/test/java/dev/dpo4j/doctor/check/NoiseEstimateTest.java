/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.doctor.finding.NoiseEstimate;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseEstimateTest {
  private static final int PAIRS = 4000;

  /** Margins of pairs labelled after Bradley and Terry, a share of them turned round. */
  private static double[] bradleyTerry(double flips, double spread, Random random) {
    double[] margins = new double[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
      double z = spread * random.nextGaussian();
      boolean first = random.nextDouble() < 1 / (1 + Math.exp(-z));
      margins[i] = (first ? z : -z) * (random.nextDouble() < flips ? -1 : 1);
    }
    return margins;
  }

  /** Margins of a normal distribution above zero, a share of them turned round. */
  private static double[] normal(double flips, Random random) {
    double[] margins = new double[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
      margins[i] = (0.6 + 0.5 * random.nextGaussian()) * (random.nextDouble() < flips ? -1 : 1);
    }
    return margins;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.2, 0.3})
  void findsTheShareOfFlippedLabels(double flips) {
    // Five sets, so that one lucky one proves nothing. The standard error is about 0.015 for the
    // first kind, half of that for the second; 0.045 and 0.03 are three and four of them.
    for (int seed = 0; seed < 5; seed++) {
      Random random = new Random(seed);
      NoiseEstimate found = NoiseEstimate.of(bradleyTerry(flips, 4, random), true);
      assertThat(found.isKnown()).isTrue();
      assertThat(found.epsilon()).isCloseTo(flips, within(0.045));
      assertThat(found.slope()).isCloseTo(1, within(0.35));
      NoiseEstimate clear = NoiseEstimate.of(normal(flips, random), false);
      assertThat(clear.epsilon()).isCloseTo(flips, within(0.03));
      // The margins of the second kind have the slope 2 mu / sigma^2.
      assertThat(clear.slope()).isCloseTo(2 * 0.6 / 0.25, within(1.5));
      assertThat(clear.isNoisy()).isEqualTo(flips > 0);
    }
  }

  @Test
  void theIntervalHoldsTheTruthInAboutNineteenOfTwentySets() {
    int held = 0;
    int sets = 40;
    for (int seed = 0; seed < sets; seed++) {
      NoiseEstimate found = NoiseEstimate.of(bradleyTerry(0.2, 4, new Random(100 + seed)), true);
      held += found.low() <= 0.2 && 0.2 <= found.high() ? 1 : 0;
    }
    // Binomial with 40 and 0.95: fewer than 33 has a chance below 0.1 %.
    assertThat(held).isGreaterThanOrEqualTo(33);
  }

  @Test
  void suggestsTheSmoothingThatBelongsToTheNoise() {
    NoiseEstimate found = NoiseEstimate.of(normal(0.2, new Random(1)), true);
    assertThat(found.labelSmoothing()).isCloseTo(0.2, within(0.03));
    assertThat(found.lossType()).isEqualTo("robust");
    assertThat(found.describe()).contains("loss_type robust with label_smoothing 0.");
    NoiseEstimate clean = NoiseEstimate.of(normal(0, new Random(1)), true);
    assertThat(clean.describe()).contains("no smoothing");
  }

  @Test
  void saysNothingWhereTheMarginsSayNothing() {
    Random random = new Random(3);
    double[] margins = new double[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
      margins[i] = random.nextGaussian();
    }
    NoiseEstimate blind = NoiseEstimate.of(margins, true);
    assertThat(blind.isKnown()).isFalse();
    assertThat(blind.describe()).contains("no estimate", "tell nothing");
    for (int i = 0; i < PAIRS; i++) {
      margins[i] = -Math.abs(margins[i]);
    }
    assertThat(NoiseEstimate.of(margins, true).isKnown()).as("prefers all rejected").isFalse();
    assertThat(NoiseEstimate.of(new double[50], true).reason()).contains("200 pairs");
    double[] weak = bradleyTerry(0.2, 0.5, random);
    assertThat(NoiseEstimate.of(weak, true).reason()).as("never sure").contains("interval");
  }

  @Test
  void theProbabilityOfAFlipIsBayes() {
    NoiseEstimate noise = new NoiseEstimate(1000, true, 0.1, 0.08, 0.12, 2, 0.8, -0.3, "");
    assertThat(noise.flipProbability(0)).isCloseTo(0.1, within(1e-12));
    // At the limit both are as likely: sigma(2 m) = 0.1.
    double limit = ScoreBook.limit(noise);
    assertThat(1 / (1 + Math.exp(-2 * limit))).isCloseTo(0.1, within(1e-12));
    assertThat(noise.flipProbability(limit)).isCloseTo(0.5, within(1e-12));
    assertThat(noise.flipProbability(limit - 1)).isGreaterThan(0.8);
  }
}
