/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Device;

/** Opens cards for tensors. */
public final class CudaProvider implements Backends.Provider {
  /** For {@link java.util.ServiceLoader}. */
  public CudaProvider() {}

  @Override
  public boolean supports(Device.Kind kind) {
    return kind == Device.Kind.CUDA;
  }

  @Override
  public Backend open(Device device, String engine) {
    CudaDoor.Opened opened = CudaDoor.open(device.index(), engine);
    return new CudaBackend(
        device, opened.description(), opened.driver(), opened.products(), opened.flash());
  }
}
