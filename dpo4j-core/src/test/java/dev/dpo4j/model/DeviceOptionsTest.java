/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.config.Binder;
import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.config.value.FlagSource;
import dev.dpo4j.dist.Ranks;
import dev.dpo4j.tensor.Backends;
import dev.dpo4j.tensor.Device;
import dev.dpo4j.tensor.DeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeviceOptionsTest {
  private static DeviceOptions bind(String... flags) {
    return Binder.of(DeviceOptions.class).bind(List.of(), FlagSource.parse(List.of(flags))).value();
  }

  @Test
  void anEngineIsForACard() {
    assertThat(bind("--device=cuda:1", "--engine=venv"))
        .isEqualTo(new DeviceOptions("cuda:1", "venv", false));
    assertThatThrownBy(() -> bind("--device=cpu", "--engine=venv"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine: has no effect on the CPU");
    assertThatThrownBy(() -> bind("--use_cpu", "--engine=venv"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("engine: has no effect on the CPU");
  }

  @Test
  void theCpuAloneAndACardContradictEachOther() {
    assertThat(bind("--use_cpu", "--device=cpu").useCpu()).isTrue();
    assertThatThrownBy(() -> bind("--use_cpu", "--device=cuda"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("use_cpu: is true, but device is cuda");
  }

  @Test
  void anUnknownDeviceIsRefusedWithThoseThatAreKnown() {
    assertThatThrownBy(() -> bind("--device=mps"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("must be auto, cpu, cuda or cuda:N but was \"mps\"");
  }

  private static Ranks place(int localRank, int locals) {
    return new Ranks(localRank, localRank, locals, locals, "127.0.0.1", 1, "secret");
  }

  @Test
  void eachProcessOfAMachineTakesTheCardOfItsLocalRank() {
    assertThat(DeviceOptions.ownCard(Ranks.SINGLE, Map.of())).isEqualTo(Device.cuda(0));
    assertThat(DeviceOptions.ownCard(place(1, 2), Map.of())).isEqualTo(Device.cuda(1));
    Map<String, String> both = Map.of("CUDA_VISIBLE_DEVICES", "4,5");
    assertThat(DeviceOptions.ownCard(place(1, 2), both)).isEqualTo(Device.cuda(1));
    Map<String, String> own = Map.of("CUDA_VISIBLE_DEVICES", "5");
    assertThat(DeviceOptions.ownCard(place(1, 2), own)).isEqualTo(Device.cuda(0));
  }

  @Test
  void oneCardIsNotSharedByProcesses() {
    assertThatThrownBy(() -> bind("--device=cuda:1").choose(place(0, 2), note -> {}))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("2 processes of this machine cannot share one card")
        .hasMessageContaining("LOCAL_RANK");
  }

  @Test
  void withoutACardTheProcessorComputes() {
    assumeTrue(
        !Backends.onCard() && !Backends.hasCards(), "chooses the processor where there is no card");
    List<String> notes = new ArrayList<>();
    bind("--device=auto").choose(notes::add);
    assertThat(Backends.device()).isEqualTo(Device.CPU);
    bind("--device= CPU ").choose(notes::add);
    assertThat(Backends.device()).isEqualTo(Device.CPU);
    assertThat(notes).isEmpty();
    bind("--engine=venv").choose(notes::add);
    assertThat(notes)
        .containsExactly("computes on the CPU: there is no card that engine venv could drive");
  }

  @Test
  void whereTheFirstCardDoesNotStartTheProcessorComputesAndALineSaysWhy() {
    List<String> notes = new ArrayList<>();
    List<String> taken = new ArrayList<>();
    bind("--engine=venv")
        .takeCard(
            Device.cuda(0),
            notes::add,
            (device, engine) -> {
              taken.add(device + " by " + engine);
              if (!device.isCpu()) {
                throw new DeviceException("the driver is too old. Install a newer one");
              }
            });
    assertThat(taken).containsExactly("cuda:0 by venv", "cpu by auto");
    assertThat(notes)
        .containsExactly(
            "computes on the CPU, because the CUDA card cannot be used: the driver is too old."
                + " Install a newer one");
  }

  @Test
  void aCardThatStartsIsTakenWithoutALine() {
    List<String> notes = new ArrayList<>();
    List<Device> taken = new ArrayList<>();
    bind().takeCard(Device.cuda(0), notes::add, (device, engine) -> taken.add(device));
    assertThat(taken).containsExactly(Device.cuda(0));
    assertThat(notes).isEmpty();
  }
}
