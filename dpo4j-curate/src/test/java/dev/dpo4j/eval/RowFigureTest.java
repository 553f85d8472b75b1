/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RowFigureTest {
  @Test
  void theLossOfAMarginIsMinusItsLogSigmoidAndStaysFinite() {
    assertThat(RowFigure.LOSS.of(0)).isEqualTo(Math.log(2));
    // -log(1 / (1 + exp(-2))), worked out to 16 digits
    assertThat(RowFigure.LOSS.of(2)).isCloseTo(0.126928011042972496, within(1e-15));
    assertThat(RowFigure.LOSS.of(-2000)).isEqualTo(2000);
    assertThat(RowFigure.LOSS.of(2000)).isZero();
  }
}
