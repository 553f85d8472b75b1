/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.api.Model;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Device;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelOnDeviceTest {
  @TempDir private Path folder;

  @Test
  void theFirstModelSettlesTheDeviceAndAnotherOneIsRefused() throws Exception {
    Path tiny = TinyModel.write(folder);
    Device device = Backends.device();
    try (Model model = Model.load(tiny, device)) {
      assertThat(model.generate("hello", 2)).isNotNull();
    }
    assertThatThrownBy(() -> Model.load(tiny, Device.cuda(77)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(device.toString())
        .hasMessageContaining("cuda:77");
  }
}
