/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BusyMachineTest {
  @Test
  void aLoadOfHalfTheCoresIsTold() {
    assertThat(BusyMachine.atStart(0.2, 2)).isEmpty();
    assertThat(BusyMachine.atStart(-1, 2)).as("a system that does not tell").isEmpty();
    assertThat(BusyMachine.atStart(5.25, 2)).contains("load 5.3 on 2 cores");
  }

  @Test
  void aCommandThatHadAThirdOfItsCoresIsSaidToHaveBeenHeldUp() {
    Duration wall = Duration.ofSeconds(300);
    assertThat(BusyMachine.atEnd(wall, 200_000_000_000L, 2)).contains("had 33 %");
    assertThat(BusyMachine.atEnd(wall, 500_000_000_000L, 2)).isEmpty();
  }
}
