/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.output;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.config.value.ConfigException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AnotherDeviceTest {
  private static final Path CHECKPOINT = Path.of("run", "checkpoint-3");

  private static ResumeState.Origin computedOn(String device) {
    return new ResumeState.Origin("config", "data", "engine", device, "version", Map.of());
  }

  @Test
  void aRunGoesOnWithItsOwnDeviceAndEngine() {
    assertThatCode(
            () -> RunCheckpoints.refuseOtherDevice(CHECKPOINT, computedOn("cpu"), "cpu", false))
        .doesNotThrowAnyException();
  }

  @Test
  void anotherDeviceIsRefusedByNameUnlessItIsAskedFor() {
    ResumeState.Origin origin = computedOn("NVIDIA L4 with PyTorch 2.11.0");
    assertThatThrownBy(() -> RunCheckpoints.refuseOtherDevice(CHECKPOINT, origin, "cpu", false))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("resume_on_another_device")
        .hasMessageContaining("computed on NVIDIA L4 with PyTorch 2.11.0 and would go on on cpu");
    assertThatCode(() -> RunCheckpoints.refuseOtherDevice(CHECKPOINT, origin, "cpu", true))
        .doesNotThrowAnyException();
  }

  @Test
  void aCheckpointThatNamesNoDeviceIsTaken() {
    assertThatCode(() -> RunCheckpoints.refuseOtherDevice(CHECKPOINT, computedOn(""), "cpu", false))
        .doesNotThrowAnyException();
  }
}
