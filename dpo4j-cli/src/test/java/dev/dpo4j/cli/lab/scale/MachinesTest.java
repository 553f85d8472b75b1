/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The formulas of step time, worked by hand. */
class MachinesTest {
  /** A model of 1000 weights in 4 layers. */
  private static final ModelSize SHAPE = new ModelSize("tiny", 1000, 4);

  /** 6000 operations and 28000 bytes of memory take a second; 4000 bytes are sent in a second. */
  private static final Machines MACHINES = new Machines(6_000, 28_000, 4_000, 0.01, 0);

  @Test
  void oneProcessWaitsForNobody() {
    Machines.Step step = MACHINES.step(SHAPE, Sharding.NONE, 1, 2);
    assertThat(step).isEqualTo(new Machines.Step(2, 0, 1));
    assertThat(MACHINES.efficiency(SHAPE, Sharding.NONE, 1, 2)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"NONE, 1.56", "OPTIMIZER, 1.56", "FULL, 2.61"})
  void aRingSendsAllButOnePartInEachPass(Sharding sharding, double seconds) {
    // Of four processes: 2 passes of 3/4 of 4000 bytes and 6 messages, or 3 passes and 36 messages.
    assertThat(MACHINES.step(SHAPE, sharding, 4, 2).waiting()).isCloseTo(seconds, within(1e-12));
  }

  @Test
  void theBackwardPassHidesWhatFitsIntoIt() {
    Machines overlapping = new Machines(6_000, 28_000, 4_000, 0.01, 1);
    assertThat(overlapping.step(SHAPE, Sharding.NONE, 4, 0.9).waiting())
        .isCloseTo(1.56 - 0.6, within(1e-12));
    assertThat(overlapping.step(SHAPE, Sharding.NONE, 4, 3).waiting()).isZero();
  }

  @Test
  void aDividedOptimizerUpdatesItsPart() {
    assertThat(MACHINES.step(SHAPE, Sharding.OPTIMIZER, 4, 2).update()).isEqualTo(0.25);
    assertThat(MACHINES.step(SHAPE, Sharding.NONE, 4, 2).update()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"NONE, 16000", "OPTIMIZER, 10000", "FULL, 6000"})
  void memoryIsDividedAsFarAsTheShardingGoes(Sharding sharding, double bytes) {
    assertThat(sharding.memory(SHAPE, 4)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @EnumSource
  void oneProcessHoldsEverything(Sharding sharding) {
    assertThat(sharding.memory(SHAPE, 1)).isEqualTo(16_000);
    assertThat(sharding.wireBytes(SHAPE, 1)).isZero();
  }
}
