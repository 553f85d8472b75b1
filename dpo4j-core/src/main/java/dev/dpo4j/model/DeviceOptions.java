/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import dev.dpo4j.config.Check;
import dev.dpo4j.config.Checked;
import dev.dpo4j.config.Option;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.Fault;
import dev.dpo4j.dist.Ranks;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.DeviceException;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** On what a command computes. */
public record DeviceOptions(
    @Option(
            defaultValue = "auto",
            help =
                "Where to compute: cpu, cuda, cuda:N, or auto. auto takes the first CUDA card that "
                    + "an installed PyTorch can drive, and else the CPU. Of several processes, "
                    + "each takes the card of its LOCAL_RANK.",
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
    choose(Ranks.SINGLE, note);
  }

  /**
   * Chooses the device of one of several processes: {@code cuda} and {@code auto} are the card of
   * its local rank.
   *
   * @throws ConfigException if processes of one machine were to share the card that is named
   */
  public void choose(Ranks place, Consumer<String> note) {
    boolean automatic = device.equals(AUTO);
    if (automatic && Backends.isChosen()) {
      noteIdleEngine(note);
    } else if (useCpu || !automatic) {
      Backends.use(automatic ? Device.CPU : named(place), engine);
    } else if (!Backends.hasCards()) {
      Backends.use(Device.CPU);
      noteIdleEngine(note);
    } else {
      takeCard(ownCard(place, System.getenv()), note, Backends::use);
    }
  }

  private Device named(Ranks place) {
    Device named = Device.parse(device);
    if (named.kind() != Device.Kind.CUDA) {
      return named;
    }
    boolean numbered = device.contains(":");
    if (numbered && place.localWorldSize() > 1) {
      throw new ConfigException(
          new Fault(
              "device",
              device,
              "%d processes of this machine cannot share one card: set it to cuda, and each takes the card of its LOCAL_RANK"
                  .formatted(place.localWorldSize())));
    }
    return numbered ? named : ownCard(place, System.getenv());
  }

  /** The card of a process; some launchers show each process its own card alone. */
  static Device ownCard(Ranks place, Map<String, String> environment) {
    String visible = environment.getOrDefault("CUDA_VISIBLE_DEVICES", "");
    boolean single = !visible.isBlank() && !visible.contains(",");
    return Device.cuda(single ? 0 : place.localRank());
  }

  private void noteIdleEngine(Consumer<String> note) {
    if (!engine.equals(AUTO) && Backends.device().isCpu()) {
      note.accept("computes on the CPU: there is no card that engine " + engine + " could drive");
    }
  }

  /** Takes a card, or the CPU where that card does not start. */
  void takeCard(Device card, Consumer<String> note, BiConsumer<Device, String> use) {
    try {
      use.accept(card, engine);
    } catch (DeviceException e) {
      note.accept("computes on the CPU, because the CUDA card cannot be used: " + e.getMessage());
      use.accept(Device.CPU, AUTO);
    }
  }
}
