/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda;

import dev.dpo4j.tensor.Backend;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.cuda.host.HostDriver;
import dev.dpo4j.tensor.cuda.host.HostProducts;
import dev.dpo4j.tensor.cuda.host.PlainAttention;
import dev.dpo4j.tensor.cuda.kernel.CardTraits;
import dev.dpo4j.tensor.cuda.kernel.FlashKernels;
import dev.dpo4j.tensor.cuda.nccl.NcclDoor;
import dev.dpo4j.tensor.cuda.nccl.NcclLibrary;
import dev.dpo4j.tensor.cuda.torch.TorchInstallation;
import java.nio.file.Path;

/** Opens the emulation: the kernels for cards, compiled for the processor. */
public final class EmulatedProvider implements Backends.Provider {
  /** For {@link java.util.ServiceLoader}. */
  public EmulatedProvider() {}

  @Override
  public boolean supports(Device.Kind kind) {
    return kind == Device.Kind.EMULATED;
  }

  @Override
  public Backend open(Device device, String engine) {
    HostDriver driver = new HostDriver();
    // The second emulated card has attention by spans, the others only that by blocks; the third
    // multiplies no bfloat16.
    FlashKernels attention = device.index() == 1 ? new PlainAttention(driver) : null;
    String name = "kernels for cards on the processor";
    CardTraits traits = new CardTraits(name, name, device.index() != 2);
    return new CudaBackend(
        device, traits, driver, new HostProducts(driver, null), attention, peers(driver));
  }

  /** Each process has an emulated card of its own, and NCCL is what the environment names. */
  private static NcclDoor peers(HostDriver driver) {
    String named = System.getenv().getOrDefault(TorchInstallation.NCCL, "");
    return new NcclDoor(
        driver,
        "emulated by process " + ProcessHandle.current().pid(),
        () ->
            NcclLibrary.load(
                named.isEmpty() ? null : Path.of(named), "the emulated card", "nvidia-nccl-cu13"));
  }
}
