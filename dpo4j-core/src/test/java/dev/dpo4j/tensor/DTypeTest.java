/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DTypeTest {
  @ParameterizedTest
  @EnumSource(DType.class)
  void everyTypeIsFoundByBothOfItsNames(DType dtype) {
    assertThat(DType.fromSafetensors(dtype.safetensorsName())).isEqualTo(dtype);
    assertThat(DType.findTorch(dtype.torchName())).contains(dtype);
  }

  @Test
  void anUnknownNameIsRefusedWithTheNamesThatAreKnown() {
    assertThatThrownBy(() -> DType.fromSafetensors("F4"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"F4\"")
        .hasMessageContaining("BF16");
  }
}
