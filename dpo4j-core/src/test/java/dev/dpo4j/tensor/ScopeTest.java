/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ScopeTest {
  @Test
  void whatAScopeOwnsIsFreedWithItAndWhatIsKeptIsNot() {
    long before = Tensor.live();
    Tensor kept;
    try (Scope scope = Scope.open()) {
      Tensor.zeros(DType.FLOAT32, 2).narrow(0, 0, 1);
      kept = scope.keep(Tensor.ofFloats(new float[] {3}, 1));
      assertThat(Tensor.live()).isEqualTo(before + 3);
    }
    assertThat(Tensor.live()).isEqualTo(before + 1);
    assertThat(kept.item()).isEqualTo(3);
    kept.close();
    assertThat(Tensor.live()).isEqualTo(before);
  }

  @Test
  void aFreedTensorSaysSo() {
    Tensor tensor = Tensor.zeros(DType.FLOAT32, 2);
    tensor.close();
    assertThatThrownBy(tensor::zero_).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void scopesCloseInnermostFirst() {
    Scope outer = Scope.open();
    Scope inner = Scope.open();
    assertThatThrownBy(outer::close).isInstanceOf(IllegalStateException.class);
    inner.close();
    outer.close();
  }

  @Test
  void anArenaGivesTheSameMemoryAgain() {
    try (Scope scope = Scope.open();
        Arena arena = new Arena(64)) {
      Arena.Mark mark = arena.mark();
      arena.take(4, 4).fill_(7);
      arena.take(1000).fill_(1);
      arena.release(mark);
      assertThat(arena.take(2, 8).toFloats()).containsOnly(7f);
      assertThat(arena.heldBytes()).isEqualTo((64 + 1008) * 4L);
      assertThat(arena.peakBytes()).isEqualTo((64 + 1000 + 8) * 4L);
    }
  }

  @Test
  void shapeAndCountMustAgree() {
    assertThatThrownBy(() -> Tensor.ofFloats(new float[3], 2, 2))
        .hasMessage("shape [2, 2] holds 4 elements but 3 were given");
  }
}
