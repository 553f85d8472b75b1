/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class DualNumberTest {

  private static void derivativeOf(UnaryOperator<DualNumber> f, double... points) {
    for (double x : points) {
      double h = 1e-6 * Math.max(1, Math.abs(x));
      double slope =
          (f.apply(DualNumber.constant(x + h)).value()
                  - f.apply(DualNumber.constant(x - h)).value())
              / (2 * h);
      DualNumber chosen = f.apply(DualNumber.chosen(x));
      DualNumber rejected = f.apply(DualNumber.rejected(x));
      // Central differences lose about half of the digits.
      assertThat(chosen.byChosen()).isCloseTo(slope, within(1e-7 * Math.max(1, Math.abs(slope))));
      assertThat(chosen.byRejected()).isZero();
      assertThat(rejected.byRejected()).isEqualTo(chosen.byChosen());
    }
  }

  @Test
  void everyFunctionCarriesItsDerivative() {
    derivativeOf(DualNumber::exp, -3, 0, 2);
    derivativeOf(DualNumber::sigmoid, -30, -2, 0, 2, 30);
    derivativeOf(DualNumber::logSigmoid, -30, -2, 0, 2, 30);
    derivativeOf(DualNumber::log1mExp, -20, -1, -0.5, -0.01);
    derivativeOf(DualNumber::relu, -1, 1);
    derivativeOf(DualNumber::square, -2, 0, 3);
    derivativeOf(x -> x.clampMax(1), -2, 3);
    derivativeOf(x -> x.times(x.exp()).minus(x.plus(2).times(3)).negate(), -1, 0.5);
  }

  @Test
  void theSigmoidAndItsLogarithmStayFiniteFarFromZero() {
    assertThat(DualNumber.chosen(-1000).logSigmoid()).isEqualTo(new DualNumber(-1000, 1, 0));
    assertThat(DualNumber.chosen(1000).logSigmoid().value()).isZero();
    assertThat(DualNumber.chosen(-1000).sigmoid()).isEqualTo(new DualNumber(0, 0, 0));
    assertThat(DualNumber.chosen(1000).sigmoid()).isEqualTo(new DualNumber(1, 0, 0));
  }

  @Test
  void theOddsOfAnAlmostCertainAnswerKeepTheirDigits() {
    // log(1 - e^-1e-10) = log(1e-10) to ten digits; the naive form has none left at 1e-17.
    assertThat(Numerics.log1mExp(-1e-10)).isCloseTo(Math.log(1e-10), within(1e-9));
    assertThat(Numerics.log1mExp(-1e-17)).isCloseTo(Math.log(1e-17), within(1e-12));
    assertThat(Numerics.log1mExp(-40)).isCloseTo(-Math.exp(-40), within(1e-30));
  }

  @Test
  void kinksHaveTheDerivativeThatTorchTakes() {
    assertThat(DualNumber.chosen(0).relu().byChosen()).isZero();
    assertThat(DualNumber.chosen(1).clampMax(1).byChosen()).isEqualTo(1);
  }
}
