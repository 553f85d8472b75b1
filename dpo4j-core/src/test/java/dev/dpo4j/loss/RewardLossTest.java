/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RewardLossTest {
  /** Doubles of about 1: a few units of their last digit. */
  private static final double EXACT = 1e-12;

  /** Central differences of step 1e-5 are off by its square times the third derivative. */
  private static final double DIFFERENCES = 1e-9;

  @Test
  void theLossOfEqualRewardsIsTheLogarithmOfTwoAndPullsBothByAHalf() {
    DualNumber loss = new RewardLoss(null).loss(3, 3, 0);
    assertThat(loss.value()).isCloseTo(Math.log(2), within(EXACT));
    assertThat(loss.byChosen()).isCloseTo(-0.5, within(EXACT));
    assertThat(loss.byRejected()).isCloseTo(0.5, within(EXACT));
  }

  @Test
  void aMarginAsksForThatMuchMoreDistance() {
    RewardLoss loss = new RewardLoss(null);
    assertThat(loss.loss(2, 0.5, 1.5).value()).isCloseTo(Math.log(2), within(EXACT));
    assertThat(loss.loss(2, 0.5, 0).value()).isCloseTo(Math.log(1 + Math.exp(-1.5)), within(EXACT));
  }

  @Test
  void centringAddsTheSquareOfTheSumOfBothRewards() {
    double plain = new RewardLoss(null).loss(1, 2, 0.25).value();
    double centred = new RewardLoss(0.01).loss(1, 2, 0.25).value();
    assertThat(centred - plain).isCloseTo(0.09, within(EXACT));
  }

  @Test
  void theDerivativesAreThoseOfFiniteDifferences() {
    RewardLoss loss = new RewardLoss(0.1);
    double h = 1e-5;
    double[][] points = {{0.3, -0.7, 0.2}, {-2, 1.5, 0}, {4, 1, 0.6}};
    for (double[] p : points) {
      DualNumber at = loss.loss(p[0], p[1], p[2]);
      double chosen =
          (loss.loss(p[0] + h, p[1], p[2]).value() - loss.loss(p[0] - h, p[1], p[2]).value())
              / (2 * h);
      double rejected =
          (loss.loss(p[0], p[1] + h, p[2]).value() - loss.loss(p[0], p[1] - h, p[2]).value())
              / (2 * h);
      assertThat(at.byChosen()).isCloseTo(chosen, within(DIFFERENCES));
      assertThat(at.byRejected()).isCloseTo(rejected, within(DIFFERENCES));
    }
  }

  @Test
  void aHugeLeadOfTheWrongAnswerIsAsLargeALoss() {
    assertThat(new RewardLoss(null).loss(-5000, 5000, 0).value()).isEqualTo(10_000);
  }
}
