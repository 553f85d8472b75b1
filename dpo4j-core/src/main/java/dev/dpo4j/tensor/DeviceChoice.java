/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor;

import java.util.Locale;

/**
 * The device that a run asked for, or got when it left the choice to us.
 *
 * @param device where tensors live from now on
 * @param reason one line: what computes there, and for {@code auto} why not on a card
 */
public record DeviceChoice(Device device, String reason) {
  /** Leaves the choice to us. */
  public static final String AUTO = "auto";

  /**
   * Chooses and starts the device of this process.
   *
   * <p>{@code auto} takes the first card if its driver and the engine are fit for it, else the
   * processor. Any other device is taken as it is or refused.
   *
   * @param device {@code auto}, {@code cpu}, {@code cuda} or {@code cuda:N}
   * @param engine {@code auto}, or the path of an installed PyTorch
   * @throws IllegalArgumentException if the text is none of these
   * @throws DeviceException if the device cannot be used, with the reason and the remedy
   */
  public static DeviceChoice resolve(String device, String engine) {
    if (!device.trim().toLowerCase(Locale.ROOT).equals(AUTO)) {
      Device named = Device.parse(device);
      Backends.use(named, engine);
      return new DeviceChoice(named, Backends.describe());
    }
    try {
      Backends.use(Device.cuda(0), engine);
      return new DeviceChoice(Device.cuda(0), Backends.describe());
    } catch (DeviceException e) {
      Backends.use(Device.CPU, AUTO);
      return new DeviceChoice(Device.CPU, "computing on the processor: " + e.getMessage());
    } catch (IllegalStateException e) {
      // Chosen before in this process, which has one device.
      return new DeviceChoice(Backends.device(), Backends.describe());
    }
  }
}
