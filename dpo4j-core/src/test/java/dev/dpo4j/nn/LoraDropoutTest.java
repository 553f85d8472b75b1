/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.tensor.Scope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoraDropoutTest {
  private static final int COLUMNS = 50;
  private static final FlatBatch.Tree ONE =
      FlatBatch.Tree.pair(new int[] {1, 2, 3}, new int[] {4, 5}, new int[] {6, 7, 8});
  private static final FlatBatch.Tree OTHER =
      FlatBatch.Tree.pair(new int[] {1, 2, 3}, new int[] {4, 9, 5}, new int[] {6, 7});

  private final LoraDropout dropout = new LoraDropout(0.25, 7, () -> 3);

  private float[] mask(FlatBatch.Tree... trees) {
    FlatBatch batch = FlatBatch.of(List.of(trees));
    dropout.nextPass(batch);
    try (Scope scope = Scope.open()) {
      return dropout.mask(11, batch.rows(), COLUMNS).toFloats();
    }
  }

  @Test
  void aRowHasTheSameMaskWhateverRowsAreBesideIt() {
    float[] one = mask(ONE);
    float[] other = mask(OTHER);
    float[] both = mask(OTHER, ONE);
    assertThat(Arrays.copyOfRange(both, 0, other.length)).containsExactly(other);
    assertThat(Arrays.copyOfRange(both, other.length, both.length)).containsExactly(one);
  }

  @Test
  void rowsThatBeginAlikeAndTokensThatAreEqualHaveMasksOfTheirOwn() {
    assertThat(Arrays.copyOf(mask(ONE), COLUMNS)).isNotEqualTo(Arrays.copyOf(mask(OTHER), COLUMNS));
    float[] same = mask(FlatBatch.Tree.single(new int[] {5, 5}, new int[] {5}));
    assertThat(Arrays.copyOf(same, COLUMNS))
        .isNotEqualTo(Arrays.copyOfRange(same, COLUMNS, 2 * COLUMNS));
  }

  @Test
  void theShareThatIsDroppedIsTheOneThatWasAskedFor() {
    List<FlatBatch.Tree> trees = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      trees.add(FlatBatch.Tree.single(new int[] {1, i}, new int[] {2, 3, 4}));
    }
    float[] mask = mask(trees.toArray(FlatBatch.Tree[]::new));
    int kept = 0;
    for (float factor : mask) {
      assertThat(factor).isIn(0f, 4f / 3);
      kept += factor > 0 ? 1 : 0;
    }
    // 20,000 draws of a share of 0.75 have a deviation of 0.3 %; four of them are allowed.
    assertThat((double) kept / mask.length).isCloseTo(0.75, within(0.0125));
  }

  @Test
  void aMaskOfOtherRowsThanThoseOfThePassIsRefused() {
    dropout.nextPass(FlatBatch.of(List.of(ONE)));
    assertThatThrownBy(() -> dropout.mask(0, 1, COLUMNS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not for 1");
  }
}
