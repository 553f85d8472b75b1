/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class AgreementTest {
  private static final List<String> TWO = List.of("yes", "no");

  @Test
  void kappaOfATableThatWasWorkedByHand() {
    // 50 cases: agreement 35/50 = 0.7, by chance 0.5 * 0.6 + 0.5 * 0.4 = 0.5, kappa 0.2/0.5.
    Agreement agreement = new Agreement(TWO, new long[][] {{20, 5}, {10, 15}});
    assertThat(agreement.cases()).isEqualTo(50);
    assertThat(agreement.observed().value()).isEqualTo(0.7);
    assertThat(agreement.kappa()).isCloseTo(0.4, within(1e-12));
    // Of two categories the formula is sum: (0.4 * 0.34^2 + 0.3 * 0.46^2 + 0.1 * 0.6^2 + 0.2 *
    // 0.6^2 - 0.1^2) with 1 - kappa = 0.6: see the terms below.
    double yes = 0.4 * Math.pow(1 - (0.5 + 0.6) * 0.6, 2);
    double no = 0.3 * Math.pow(1 - (0.5 + 0.4) * 0.6, 2);
    double yesNo = 0.1 * Math.pow((0.6 + 0.5) * 0.6, 2);
    double noYes = 0.2 * Math.pow((0.4 + 0.5) * 0.6, 2);
    double last = Math.pow(0.4 - 0.5 * 0.6, 2);
    double expected = Math.sqrt((yes + no + yesNo + noYes - last) / 50) / 0.5;
    assertThat(agreement.standardError()).isCloseTo(expected, within(1e-12));
    assertThat(agreement.low()).isCloseTo(0.4 - 1.959964 * expected, within(1e-6));
    assertThat(agreement.high()).isCloseTo(0.4 + 1.959964 * expected, within(1e-6));
  }

  @Test
  void perfectAgreementIsOneAndChanceIsZero() {
    Agreement perfect = new Agreement(TWO, new long[][] {{7, 0}, {0, 5}});
    assertThat(perfect.kappa()).isEqualTo(1);
    assertThat(perfect.standardError()).isZero();
    Agreement chance = new Agreement(TWO, new long[][] {{4, 4}, {4, 4}});
    assertThat(chance.kappa()).isZero();
    assertThat(chance.low()).isNegative();
  }

  @Test
  void withoutVariationThereIsNoKappa() {
    assertThat(new Agreement(TWO, new long[][] {{9, 0}, {0, 0}}).kappa()).isNaN();
    assertThat(new Agreement(TWO, new long[][] {{0, 0}, {0, 0}}).kappa()).isNaN();
  }

  @Test
  void wilsonsIntervalOfAShare() {
    Proportion share = new Proportion(8, 10);
    assertThat(share.value()).isEqualTo(0.8);
    // (0.8 + z^2/20 -+ z sqrt(0.16/10 + z^2/400)) / (1 + z^2/10)
    assertThat(share.low()).isCloseTo(0.4901625, within(1e-6));
    assertThat(share.high()).isCloseTo(0.9433178, within(1e-6));
    assertThat(new Proportion(0, 5).low()).isZero();
    assertThat(new Proportion(0, 0).value()).isNaN();
    assertThat(new Proportion(0, 0).high()).isNaN();
  }
}
