/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongTableTest {
  @Test
  void itHoldsWhatAMapHolds() {
    Random random = new Random(3);
    Map<Long, Long> expected = new HashMap<>();
    LongTable table = new LongTable();
    for (int i = 0; i < 20_000; i++) {
      // Pairs of row numbers: keys that lie close together, some of them twice.
      long key = (long) random.nextInt(300) << 32 | random.nextInt(100);
      long value = Double.doubleToRawLongBits(-random.nextDouble() * 100);
      expected.put(key, value);
      table.put(key, value);
    }
    expected.forEach((key, value) -> assertThat(table.get(key)).isEqualTo(value));
    assertThat(table.get(300L << 32)).isEqualTo(LongTable.ABSENT);
    assertThat(table.get(0L << 32 | 100)).isEqualTo(LongTable.ABSENT);
  }
}
