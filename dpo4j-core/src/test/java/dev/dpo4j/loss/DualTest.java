/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class DualTest {

  private static void derivativeOf(UnaryOperator<Dual> f, double... points) {
    for (double x : points) {
      double h = 1e-6 * Math.max(1, Math.abs(x));
      double slope =
          (f.apply(Dual.constant(x + h)).value() - f.apply(Dual.constant(x - h)).value()) / (2 * h);
      Dual chosen = f.apply(Dual.chosen(x));
      Dual rejected = f.apply(Dual.rejected(x));
      // Central differences lose about half of the digits.
      assertThat(chosen.byChosen()).isCloseTo(slope, within(1e-7 * Math.max(1, Math.abs(slope))));
      assertThat(chosen.byRejected()).isZero();
      assertThat(rejected.byRejected()).isEqualTo(chosen.byChosen());
    }
  }

  @Test
  void everyFunctionCarriesItsDerivative() {
    derivativeOf(Dual::exp, -3, 0, 2);
    derivativeOf(Dual::sigmoid, -30, -2, 0, 2, 30);
    derivativeOf(Dual::logSigmoid, -30, -2, 0, 2, 30);
    derivativeOf(Dual::log1mExp, -20, -1, -0.5, -0.01);
    derivativeOf(Dual::relu, -1, 1);
    derivativeOf(Dual::square, -2, 0, 3);
    derivativeOf(x -> x.clampMax(1), -2, 3);
    derivativeOf(x -> x.times(x.exp()).minus(x.plus(2).times(3)).negate(), -1, 0.5);
  }

  @Test
  void theSigmoidAndItsLogarithmStayFiniteFarFromZero() {
    assertThat(Dual.chosen(-1000).logSigmoid()).isEqualTo(new Dual(-1000, 1, 0));
    assertThat(Dual.chosen(1000).logSigmoid().value()).isZero();
    assertThat(Dual.chosen(-1000).sigmoid()).isEqualTo(new Dual(0, 0, 0));
    assertThat(Dual.chosen(1000).sigmoid()).isEqualTo(new Dual(1, 0, 0));
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
    assertThat(Dual.chosen(0).relu().byChosen()).isZero();
    assertThat(Dual.chosen(1).clampMax(1).byChosen()).isEqualTo(1);
  }
}
