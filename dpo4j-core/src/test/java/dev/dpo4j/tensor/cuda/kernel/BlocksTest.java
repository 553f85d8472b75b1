/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.cuda.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BlocksTest {
  @Test
  void aThreadTakesAPackOfElements() {
    assertThat(Blocks.forElements(0)).isEqualTo(1);
    assertThat(Blocks.forElements(2048)).isEqualTo(1);
    assertThat(Blocks.forElements(2049)).isEqualTo(2);
    assertThat(Blocks.forElements(1L << 50)).isEqualTo(1L << 20);
    assertThat(Blocks.forSingles(2048)).isEqualTo(8);
  }

  @Test
  void shortRowsShareABlockAndLongOnesDoNot() {
    assertThat(Blocks.forRows(17, 896)).isEqualTo(3);
    assertThat(Blocks.forRows(17, 1024)).isEqualTo(3);
    assertThat(Blocks.forRows(17, 1025)).isEqualTo(17);
    assertThat(Blocks.forRows(0, 5)).isEqualTo(1);
  }

  @Test
  void aBlockHasThreadsForThePacksOfARow() {
    assertThat(Blocks.threadsForColumns(1)).isEqualTo(32);
    assertThat(Blocks.threadsForColumns(896)).isEqualTo(128);
    assertThat(Blocks.threadsForColumns(4096)).isEqualTo(256);
  }
}
