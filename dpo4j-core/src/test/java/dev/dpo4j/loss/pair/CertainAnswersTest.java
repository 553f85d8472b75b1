/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.loss.DualNumber;
import dev.dpo4j.loss.Pair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ORPO's odds are infinite where a model is certain of an answer; the loss stays finite. */
class CertainAnswersTest {
  private static final double BETA = 0.1;
  private static final OrpoLoss ORPO = new OrpoLoss(BETA);

  private static DualNumber loss(double chosen, double rejected) {
    return ORPO.loss(
        new Pair(DualNumber.chosen(chosen), DualNumber.rejected(rejected), 0, 0, 1, 1, 0));
  }

  /** The formula of the paper, computed by itself. */
  private static double ofThePaper(double chosen, double rejected) {
    double odds =
        chosen - Math.log(-Math.expm1(chosen)) - (rejected - Math.log(-Math.expm1(rejected)));
    return BETA * Math.log1p(Math.exp(-odds));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-7, -1e-12, -1e-7, -9.9e-6})
  void aCertainAnswerGivesAFiniteLossAndABoundedPull(double certain) {
    for (DualNumber loss :
        new DualNumber[] {loss(certain, -1), loss(-1, certain), loss(certain, certain)}) {
      assertThat(loss.value()).isFinite().isBetween(0.0, 2.0);
      // The bound that the class states: beta / 1e-5, and as much again from rounding up.
      assertThat(Math.abs(loss.byChosen())).isLessThanOrEqualTo(1.01 * BETA / 1e-5);
      assertThat(Math.abs(loss.byRejected())).isLessThanOrEqualTo(1.01 * BETA / 1e-5);
    }
    assertThat(loss(certain, -1).value()).as("certain of the chosen answer").isLessThan(1e-5);
    assertThat(loss(-1, certain).byRejected()).as("pulls the rejected one down").isPositive();
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1e-4, -2e-5, -1e-3, -0.5, -20})
  void nothingChangesForAnswersThatAreNotCertain(double logp) {
    assertThat(loss(logp, -1).value()).isCloseTo(ofThePaper(logp, -1), within(1e-12));
    assertThat(loss(-1, logp).value()).isCloseTo(ofThePaper(-1, logp), within(1e-12));
  }

  @Test
  void lossAndPullGoOnWithoutAStep() {
    double below = Math.nextDown(OrpoLoss.CERTAIN);
    double above = Math.nextUp(OrpoLoss.CERTAIN);
    assertThat(loss(-1, above).value()).isCloseTo(loss(-1, below).value(), within(1e-9));
    assertThat(loss(-1, above).byRejected())
        .isCloseTo(loss(-1, below).byRejected(), within(1e-3 * BETA / 1e-5));
  }
}
