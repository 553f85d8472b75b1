/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class Bfloat16Test {
  @AfterEach
  void forget() {
    System.clearProperty(Bfloat16.PROPERTY);
  }

  @Test
  void theUnitsAreFoundAmongTheFlagsOfTheProcessor() {
    assertThat(Bfloat16.hasUnits("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16\n")).isTrue();
    assertThat(Bfloat16.hasUnits("Features\t: fp asimd bf16 i8mm\n")).isTrue();
    assertThat(Bfloat16.hasUnits("flags\t\t: fpu avx2 avx512f avx_ne_convert\n")).isFalse();
    assertThat(Bfloat16.hasUnits("model name\t: bf16\n")).isFalse();
  }

  @Test
  void thePropertyDecidesWhereItIsSet() {
    System.setProperty(Bfloat16.PROPERTY, "false");
    assertThat(Bfloat16.hasUnits()).isFalse();
    System.setProperty(Bfloat16.PROPERTY, "true");
    assertThat(Bfloat16.hasUnits()).isTrue();
  }

  @Test
  void whereNoFlagsAreListedAProductIsTimed() {
    assertThat(Bfloat16.seconds(DType.FLOAT32)).isPositive();
    assertThat(Bfloat16.seconds(DType.BFLOAT16)).isPositive();
  }
}
