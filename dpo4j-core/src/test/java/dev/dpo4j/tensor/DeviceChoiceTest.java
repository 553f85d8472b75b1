/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeviceChoiceTest {
  @BeforeEach
  void assumeAPlainProcessor() {
    assumeTrue(
        System.getProperty("dpo4j.test.device", "cpu").equals("cpu")
            && !Files.exists(Path.of("/dev/nvidia0")),
        "chooses the processor where there is no card");
  }

  @Test
  void withoutACardTheProcessorComputes() {
    assertThat(DeviceChoice.resolve("auto", "auto").device()).isEqualTo(Device.CPU);
    assertThat(DeviceChoice.resolve(" CPU ", "auto").device()).isEqualTo(Device.CPU);
    assertThat(DeviceChoice.resolve("auto", "auto").reason()).isNotBlank();
  }

  @Test
  void aWrongNameIsRefusedWithTheRightOnes() {
    assertThatThrownBy(() -> DeviceChoice.resolve("gpu", "auto"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("auto, cpu, cuda or cuda:N");
  }
}
