/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.DeviceException;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** On what a command computes. */
public record DeviceOptions(
    @Option(
            defaultValue = "auto",
            help =
                "Where to compute: cpu, cuda, cuda:N, or auto. auto takes the first CUDA card that "
                    + "an installed PyTorch can drive, and else the CPU.",
            difference = "Not in TRL, which takes what PyTorch finds.")
        String device,
    @Option(
            defaultValue = "auto",
            help =
                "The installed PyTorch that drives a card: a path to its folder or to a virtual "
                    + "environment, or auto. The environment variable DPO4J_LIBTORCH sets it, too.",
            difference = "Not in TRL.")
        String engine,
    @Option(defaultValue = "false", help = "Computes on the CPU even if there is a card.")
        boolean useCpu)
    implements Checked {
  private static final String AUTO = "auto";

  @Override
  public void check(Check check) {
    if (useCpu || device.equals("cpu")) {
      check.idle(Set.of("engine"), "on the CPU");
    }
    if (!device.equals(AUTO)) {
      try {
        Device chosen = Device.parse(device);
        if (useCpu && !chosen.isCpu()) {
          check.fault("use_cpu", "is true, but device is " + device + ": remove one of the two");
        }
      } catch (IllegalArgumentException e) {
        check.fault("device", "must be auto, cpu, cuda or cuda:N but was \"" + device + "\"");
      }
    }
  }

  /**
   * Chooses the device of this process, before its first tensor. Where it has one already, it
   * stays.
   *
   * @param note told in one line why {@code auto} takes the CPU
   * @throws DeviceException if the card that is asked for cannot be used, with the remedy
   */
  public void choose(Consumer<String> note) {
    boolean automatic = device.equals(AUTO);
    if (automatic && Backends.isChosen()) {
      noteIdleEngine(note);
    } else if (useCpu || !automatic) {
      Backends.use(automatic ? Device.CPU : Device.parse(device), engine);
    } else if (!Backends.hasCards()) {
      Backends.use(Device.CPU);
      noteIdleEngine(note);
    } else {
      takeFirstCard(note, Backends::use);
    }
  }

  private void noteIdleEngine(Consumer<String> note) {
    if (!engine.equals(AUTO) && Backends.device().isCpu()) {
      note.accept("computes on the CPU: there is no card that engine " + engine + " could drive");
    }
  }

  /** Takes the first card, or the CPU where that card does not start. */
  void takeFirstCard(Consumer<String> note, BiConsumer<Device, String> use) {
    try {
      use.accept(Device.cuda(0), engine);
    } catch (DeviceException e) {
      note.accept("computes on the CPU, because the CUDA card cannot be used: " + e.getMessage());
      use.accept(Device.CPU, AUTO);
    }
  }
}
