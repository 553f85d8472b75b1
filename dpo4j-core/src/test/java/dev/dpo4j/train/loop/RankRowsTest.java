/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.dist.UnusedCollectives;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankRowsTest {
  /** Stands for a process whose others give what was recorded of them. */
  private static final class Recorded extends UnusedCollectives {
    private final List<byte[]> given;

    Recorded(int rank, int size, List<byte[]> given) {
      super(rank, size);
      this.given = given;
    }

    @Override
    public List<byte[]> allGather(byte[] own) {
      given.add(own);
      return List.copyOf(given);
    }
  }

  private static RankRows share(int rank, int size) {
    return new RankRows(new Recorded(rank, size, new ArrayList<>()));
  }

  @ParameterizedTest
  @CsvSource({"8, 2", "7, 2", "7, 4", "3, 4", "0, 3", "1, 1"})
  void everyRowOfABatchBelongsToOneProcessInTheOrderOfTheRanks(int rows, int processes) {
    int[] batch = IntStream.range(0, rows).map(i -> 100 - i).toArray();
    int[] joined =
        IntStream.range(0, processes)
            .flatMap(rank -> IntStream.of(share(rank, processes).own(batch)))
            .toArray();
    assertThat(joined).isEqualTo(batch);
    for (int rank = 0; rank < processes; rank++) {
      int own = share(rank, processes).own(batch).length;
      assertThat(own).isBetween(rows / processes, (rows + processes - 1) / processes);
    }
  }

  @Test
  void theNumbersOfAllRowsComeBackInTheirOrderWhateverTheirLength() {
    List<byte[]> given = new ArrayList<>();
    new RankRows(new Recorded(0, 2, given)).all(List.of(new double[] {1, 2}, new double[] {}));
    List<double[]> all =
        new RankRows(new Recorded(1, 2, given)).all(List.of(new double[] {Double.NaN}));
    assertThat(all).hasSize(3);
    assertThat(all.get(0)).containsExactly(1, 2);
    assertThat(all.get(1)).isEmpty();
    assertThat(all.get(2)).containsExactly(Double.NaN);
  }

  @Test
  void oneProcessComputesAllRowsAndExchangesNothing() {
    List<double[]> own = List.of(new double[] {1});
    assertThat(RankRows.ALL.own(new int[] {4, 5})).containsExactly(4, 5);
    assertThat(RankRows.ALL.all(own)).isSameAs(own);
  }

  @Test
  void eachBatchOfAnEvaluationIsComputedByOneProcess() {
    List<int[]> batches = List.of(new int[] {0}, new int[] {1}, new int[] {2});
    List<Integer> computed = new ArrayList<>();
    share(1, 2)
        .overBatches(
            batches,
            () -> false,
            batch -> {
              computed.add(batch[0]);
              return List.of(new double[] {batch[0]});
            });
    assertThat(computed).containsExactly(1);
  }
}
