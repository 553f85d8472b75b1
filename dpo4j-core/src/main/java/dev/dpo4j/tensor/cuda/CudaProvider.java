/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Device;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Opens cards for tensors. */
public final class CudaProvider implements Backends.Provider {
  /** For {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public boolean supports(Device.Kind kind) {
    return kind == Device.Kind.CUDA;
  }

  @Override
  public boolean seesDevice() {
    // The nodes of the driver, and that of a card under Windows' Linux.
    return Stream.of("/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg")
        .anyMatch(node -> Files.exists(Path.of(node)));
  }

  @Override
  public Backend open(Device device, String engine) {
    CudaDoor.Opened opened = CudaDoor.open(device.index(), engine);
    return new CudaBackend(
        device, opened.description(), opened.driver(), opened.products(), opened.flash());
  }
}
