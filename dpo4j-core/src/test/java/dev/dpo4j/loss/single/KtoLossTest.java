/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss.single;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class KtoLossTest {
  private static final double STEP = 1e-5;
  private static final boolean[] LABELS = {true, false, true, false};

  private static UnpairedLogps batch(double... policy) {
    return new UnpairedLogps(policy, new double[] {-3, -4, -5, -6}, LABELS);
  }

  @Test
  void everyGradientEqualsFiniteDifferences() {
    Random random = new Random(1);
    for (KtoLoss.Kind kind : KtoLoss.Kind.values()) {
      for (double beta : new double[] {0.1, 0.7}) {
        KtoLoss loss = new KtoLoss(kind, beta, 1.5, 0.5);
        for (int round = 0; round < 20; round++) {
          double[] policy = random.doubles(4, -20, 10).toArray();
          double kl = 3 * random.nextDouble();
          KtoLoss.Result result = loss.apply(batch(policy), kl);
          for (int i = 0; i < policy.length; i++) {
            double at = policy[i];
            policy[i] = at + STEP;
            double above = loss.apply(batch(policy), kl).losses()[i];
            policy[i] = at - STEP;
            double below = loss.apply(batch(policy), kl).losses()[i];
            policy[i] = at;
            // Rounding of the losses, at most 1.5, divided by the step.
            assertThat(result.dPolicy()[i]).isCloseTo((above - below) / (2 * STEP), within(1e-9));
          }
        }
      }
    }
  }

  @Test
  void valuesWorkedOutByHand() {
    // L = 2, 0, 0, -1 and z = 1.
    KtoLoss kto = new KtoLoss(KtoLoss.Kind.KTO, 0.5, 2, 3);
    KtoLoss.Result result = kto.apply(batch(-1, -4, -5, -7), 1);
    assertThat(result.losses())
        .containsExactly(
            new double[] {
              2 / (1 + Math.exp(0.5)),
              3 / (1 + Math.exp(0.5)),
              2 / (1 + Math.exp(-0.5)),
              3 / (1 + Math.exp(1))
            },
            within(1e-12));
    assertThat(result.rewards()).containsExactly(1, 0, 0, -0.5);
    KtoLoss apo = new KtoLoss(KtoLoss.Kind.APO_ZERO_UNPAIRED, 0.5, 2, 3);
    assertThat(apo.apply(batch(-1, -4, -5, -7), 1).losses())
        .containsExactly(
            new double[] {2 / (1 + Math.exp(1)), 1.5, 1, 3 / (1 + Math.exp(0.5))}, within(1e-12));
  }

  @Test
  void thePointOfReferenceIsTheMeanAndNeverNegative() {
    assertThat(KtoLoss.klTerm(new double[] {1, 3, -1})).isEqualTo(1);
    assertThat(KtoLoss.klTerm(new double[] {1, -3})).isZero();
    assertThat(KtoLoss.klTerm(new double[0])).isZero();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new KtoLoss(KtoLoss.Kind.KTO, 0, 1, 1))
        .withMessageContaining("beta");
  }
}
