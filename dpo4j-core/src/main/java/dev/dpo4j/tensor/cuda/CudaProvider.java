/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.cuda.card.CudaDoor;
import dev.dpo4j.tensor.cuda.kernel.CudaUnavailableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens cards for tensors. */
public final class CudaProvider implements Backends.Provider {
  private static final Logger log = LoggerFactory.getLogger(CudaProvider.class);

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
    CudaBackend backend =
        new CudaBackend(
            device,
            opened.traits(),
            opened.driver(),
            opened.products(),
            opened.flash(),
            opened.peers());
    if (!opened.tried()) {
      check(backend, opened);
    }
    return backend;
  }

  /** A version that nobody has tried has to show that it computes rightly. */
  private static void check(CudaBackend backend, CudaDoor.Opened opened) {
    log.info(
        "checking a version of PyTorch that is newer than dpo4j: {}",
        opened.traits().description());
    try {
      SelfCheck.run(backend, opened.driver(), opened.flash());
    } catch (CudaUnavailableException e) {
      opened.driver().close();
      throw e;
    }
  }
}
