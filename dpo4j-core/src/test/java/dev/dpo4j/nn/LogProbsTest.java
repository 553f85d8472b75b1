/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.tensor.Scope;
import dev.dpo4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

class LogProbsTest {
  @Test
  void logitsPredictTheNextTokenAndOnlyMaskedTokensCount() {
    try (Scope scope = Scope.open()) {
      Tensor logits = Tensor.ofFloats(new float[] {0, 0, 1, 3, 9, 9}, 1, 3, 2);
      Tensor labels = Tensor.ofInts(new int[] {0, 1, 0}, 1, 3);
      // Token 1 from logits (0, 0): -log 2. Token 2 from (1, 3): -2 - log(1 + e^-2).
      assertThat(sum(logits, labels, 1, 1, 1))
          .isEqualTo(-Math.log(2) - 2 - Math.log1p(Math.exp(-2)), within(1e-12));
      assertThat(sum(logits, labels, 0, 0, 1))
          .isEqualTo(-2 - Math.log1p(Math.exp(-2)), within(1e-12));
      assertThat(sum(logits, labels, 1, 0, 0)).isZero();
    }
  }

  private static double sum(Tensor logits, Tensor labels, float... mask) {
    return LogProbs.computeLogProbs(logits, labels, Tensor.ofFloats(mask, 1, 3))[0];
  }

  @Test
  void shapesThatDoNotFitAreRefused() {
    try (Scope scope = Scope.open()) {
      Tensor logits = Tensor.ofFloats(new float[6], 1, 3, 2);
      Tensor labels = Tensor.ofInts(new int[2], 1, 2);
      assertThatThrownBy(() -> LogProbs.computeLogProbs(logits, labels, labels))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("[1, 3, 2]");
    }
  }
}
