/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LabRewardTest {
  @Test
  void eachDifferentLongWordIsAPoint() {
    assertThat(LabReward.of("Lantern copies your folders, every night.")).isEqualTo(5);
    assertThat(LabReward.of("No idea. Look it up.")).isZero();
    assertThat(LabReward.of("")).isZero();
  }

  @Test
  void eachRepeatedWordCostsAPointWhateverItsLengthAndCase() {
    assertThat(LabReward.of("Garden garden GARDEN")).isEqualTo(1 - 2);
    assertThat(LabReward.of("a folder, a garden")).isEqualTo(2 - 1);
  }

  @Test
  void moreThanEightLongWordsBringNothing() {
    assertThat(
            LabReward.of(
                "garden folder lantern teapot magpie winter summer spring autumn morning evening"))
        .isEqualTo(8);
  }
}
