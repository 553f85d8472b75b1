/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.pair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DpoLossTest {

  @Test
  void theLossIsLogTwoWhereThePolicyIsTheReference() {
    double[] chosen = {-10, -300};
    double[] rejected = {-20, -100};
    DpoLoss loss = DpoLoss.dpoLoss(chosen, rejected, chosen, rejected, 0.1);
    assertThat(loss.losses()).containsExactly(Math.log(2), Math.log(2));
    assertThat(loss.chosenRewards()).containsExactly(0, 0);
    assertThat(loss.rejectedRewards()).containsExactly(0, 0);
  }

  @Test
  void lossAndRewardsAreThoseWorkedOutByHand() {
    // Rewards 0.5 * (-9 + 10) = 0.5 and 0.5 * (-8 + 5) = -1.5; -log σ(2) = log(1 + e^-2).
    DpoLoss loss =
        DpoLoss.dpoLoss(
            new double[] {-9}, new double[] {-8}, new double[] {-10}, new double[] {-5}, 0.5);
    assertThat(loss.chosenRewards()[0]).isEqualTo(0.5);
    assertThat(loss.rejectedRewards()[0]).isEqualTo(-1.5);
    assertThat(loss.mean()).isCloseTo(0.126928011042972, within(1e-15));
  }

  @Test
  void aHopelessPairHasAFiniteLoss() {
    DpoLoss loss =
        DpoLoss.dpoLoss(
            new double[] {-1e6}, new double[] {0}, new double[] {0}, new double[] {-1e6}, 1);
    assertThat(loss.mean()).isEqualTo(2e6);
  }

  @Test
  void unequalArraysAndAnImpossibleBetaAreRefused() {
    double[] one = {-1};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DpoLoss.dpoLoss(one, new double[] {-1, -2}, one, one, 0.1))
        .withMessageContaining("policyRejected 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DpoLoss.dpoLoss(one, one, one, one, 0))
        .withMessageContaining("beta");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DpoLoss.dpoLoss(one, one, one, one, Double.NaN));
  }
}
