/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Which entries share a pass. */
class RowsPerPassTest {
  @Test
  void entriesFillPassesInOrderAndOneThatIsTooLongIsAlone() {
    int[] lengths = {4, 5, 2, 30, 1, 9, 1};
    assertThat(new RowsPerPass(10).split(new int[] {0, 1, 2, 3, 4, 5, 6}, i -> lengths[i]))
        .containsExactly(
            new int[] {0, 1}, new int[] {2}, new int[] {3}, new int[] {4, 5}, new int[] {6});
    assertThat(new RowsPerPass(10).split(new int[0], i -> lengths[i])).isEmpty();
  }
}
