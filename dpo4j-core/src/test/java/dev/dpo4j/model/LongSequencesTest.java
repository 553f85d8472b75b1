/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LongSequencesTest {
  @Test
  void theCostOfALongSequenceIsToldInTimeWithWhatToDo() {
    assertThat(LongSequences.text(100_000, 1860, true))
        .contains("a sequence of 100,000 tokens takes about 31 minutes each time it is trained on")
        .contains("set max_length");
    assertThat(LongSequences.text(20_000, 45, false))
        .contains("20,000 tokens takes about 45 s to be read")
        .contains("shorten the prompt");
  }
}
