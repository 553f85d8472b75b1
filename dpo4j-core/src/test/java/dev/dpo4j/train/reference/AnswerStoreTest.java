/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.train.reference.ReferenceLogps.Answers;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerStoreTest {
  private static Answers answers(int row) {
    Random random = new Random(row);
    float[] chosen = new float[row % 7];
    float[] rejected = new float[row % 11 + 1];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = -random.nextFloat();
    }
    for (int i = 0; i < rejected.length; i++) {
      rejected[i] = -random.nextFloat();
    }
    return new Answers(chosen, rejected);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1000, 1 << 30})
  void whatWasPutComesBackFromHeapOrFile(long heap) {
    try (AnswerStore store = new AnswerStore(500, heap)) {
      for (int row = 499; row >= 0; row -= 2) {
        assertThat(store.has(row)).isFalse();
        store.put(row, answers(row));
        store.put(row, answers(row + 1)); // Known already.
      }
      for (int row = 0; row < 500; row++) {
        assertThat(store.has(row)).isEqualTo(row % 2 == 1);
        Answers found = store.get(row);
        if (row % 2 == 0) {
          assertThat(found).isNull();
        } else {
          assertThat(found.chosen()).containsExactly(answers(row).chosen());
          assertThat(found.rejected()).containsExactly(answers(row).rejected());
        }
      }
    }
  }
}
