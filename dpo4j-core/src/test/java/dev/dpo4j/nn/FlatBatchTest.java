/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class FlatBatchTest {
  private static final int[] PROMPT = {1, 2, 3};

  @Test
  void promptTakesItsRowsOnceAndLastTokensTakeNone() {
    FlatBatch batch = FlatBatch.of(List.of(FlatBatch.Tree.pair(PROMPT, ints(4, 5), ints(6, 7, 8))));
    assertThat(batch.tokenIds()).containsExactly(1, 2, 3, 4, 6, 7);
    assertThat(batch.positions()).containsExactly(0, 1, 2, 3, 3, 4);
    assertThat(batch.groups()).containsExactly(new FlatBatch.Group(0, 3, List.of(1, 2)));
    assertThat(batch.scoredRows()).containsExactly(2, 3, 4, 5);
    assertThat(batch.entryLabel()).containsExactly(4, 5, 6, 7, 8);
    assertThat(batch.entryRow()).containsExactly(0, 1, 0, 2, 3);
  }

  @Test
  void answersThatBeginAlikeShareMoreThanThePrompt() {
    FlatBatch batch =
        FlatBatch.of(List.of(FlatBatch.Tree.pair(PROMPT, ints(4, 5, 6), ints(4, 5, 7))));
    assertThat(batch.groups()).containsExactly(new FlatBatch.Group(0, 5, List.of(0, 0)));
    assertThat(batch.scoredRows()).containsExactly(2, 3, 4);
    assertThat(batch.entryLabel()).containsExactly(4, 5, 6, 4, 5, 7);
    assertThat(batch.entryRow()).containsExactly(0, 1, 2, 0, 1, 2);
  }

  @Test
  void equalAnswersAndPrefixesOfEachOtherAreLaidOut() {
    FlatBatch equal = FlatBatch.of(List.of(FlatBatch.Tree.pair(PROMPT, ints(4), ints(4))));
    assertThat(equal.rows()).isEqualTo(3);
    assertThat(equal.entryLabel()).containsExactly(4, 4);
    FlatBatch prefix = FlatBatch.of(List.of(FlatBatch.Tree.pair(PROMPT, ints(4), ints(4, 5))));
    assertThat(prefix.tokenIds()).containsExactly(1, 2, 3, 4);
    assertThat(prefix.groups()).containsExactly(new FlatBatch.Group(0, 3, List.of(0, 1)));
    assertThat(prefix.entryLabel()).containsExactly(4, 4, 5);
  }

  @Test
  void withoutPromptTheFirstTokenIsNotScored() {
    FlatBatch batch =
        FlatBatch.of(List.of(FlatBatch.Tree.pair(new int[0], ints(4, 5), ints(6, 7))));
    assertThat(batch.entryLabel()).containsExactly(5, 7);
    assertThat(batch.tokenIds()).containsExactly(4, 6);
  }

  @Test
  void severalTreesFollowEachOther() {
    FlatBatch batch =
        FlatBatch.of(
            List.of(
                FlatBatch.Tree.pair(PROMPT, ints(4), ints(5)),
                FlatBatch.Tree.single(ints(9), ints(8, 7))));
    assertThat(batch.tokenIds()).containsExactly(1, 2, 3, 9, 8);
    assertThat(batch.sequences()).isEqualTo(3);
    assertThat(batch.entryStart(2)).isEqualTo(2);
    assertThat(batch.entryEnd(2)).isEqualTo(4);
    assertThat(batch.scoredRows()).containsExactly(2, 3, 4);
  }

  @Test
  void aTreeNeedsAMaskForEachSequence() {
    assertThatThrownBy(() -> new FlatBatch.Tree(List.of(PROMPT), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 and 1");
  }

  private static int[] ints(int... values) {
    return values;
  }
}
