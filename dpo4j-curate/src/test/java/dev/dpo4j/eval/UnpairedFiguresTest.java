/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.stats.Estimate;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UnpairedFiguresTest {
  private static final boolean[] LABELS = {true, true, false, false, true};

  @Test
  void theFiguresAreThoseWorkedByHand() {
    UnpairedFigures found =
        new UnpairedFigures(
            new double[] {3, 1, 2, -1, 2}, LABELS, new double[] {1, 2, 0.5, 2.5, 1.5}, 0.5);
    assertThat(found.z()).isEqualTo(1.5);
    Map<String, Estimate> figures = found.figures(1);
    // Above 1.5: answers 0, 2 and 4, of which 0 and 4 are good; answer 3 is bad and below.
    assertThat(figures.get("accuracy").value()).isCloseTo(3 / 5.0, within(1e-12));
    // Good and bad: 3 beats both, 1 beats one, 2 ties with one and beats one.
    assertThat(figures.get("auc").value()).isCloseTo((2 + 1 + 1.5) / 6, within(1e-12));
    assertThat(figures.get("desirable_reward").value()).isCloseTo(1, within(1e-12));
    assertThat(figures.get("undesirable_reward").value()).isCloseTo(0.25, within(1e-12));
    assertThat(figures.get("margin").value()).isCloseTo(0.75, within(1e-12));
    double loss = (gain(0.75) + gain(-0.25) + gain(-0.25) + gain(1.25) + gain(0.25)) / 5;
    assertThat(figures.get("loss").value()).isCloseTo(loss, within(1e-12));
    assertThat(found.reliability().bins().stream().mapToLong(bin -> bin.right().of()).sum())
        .isEqualTo(5);
  }

  private static double gain(double x) {
    return 1 - 1 / (1 + Math.exp(-x));
  }

  @Test
  void aPointOfReferenceBelowZeroIsZero() {
    UnpairedFigures found =
        new UnpairedFigures(new double[] {1, 1, 1, 1, 1}, LABELS, new double[] {-2, 1}, 0.1);
    assertThat(found.z()).isZero();
    assertThat(found.figures(1).get("mismatched_kl").value()).isZero();
    assertThat(found.figures(1).get("auc").value()).isEqualTo(0.5);
  }
}
