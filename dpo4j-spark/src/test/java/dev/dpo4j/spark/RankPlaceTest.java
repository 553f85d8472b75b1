/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.dist.Ranks;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RankPlaceTest {
  private static final List<RankPlace> PLACES =
      List.of(
          new RankPlace("4", "10.0.0.1", 40_000),
          new RankPlace("7", "10.0.0.2", 0),
          new RankPlace("5", "10.0.0.1", 0));

  @Test
  void ranksOfOneMachineAreCountedThere() {
    assertThat(RankPlace.ranks(PLACES, 0, "s"))
        .isEqualTo(new Ranks(0, 0, 3, 2, "10.0.0.1", 40_000, "s"));
    assertThat(RankPlace.ranks(PLACES, 1, "s"))
        .isEqualTo(new Ranks(1, 0, 3, 1, "10.0.0.1", 40_000, "s"));
    assertThat(RankPlace.ranks(PLACES, 2, "s"))
        .isEqualTo(new Ranks(2, 1, 3, 2, "10.0.0.1", 40_000, "s"));
  }

  @Test
  void aLoneRankMeetsNobody() {
    assertThat(RankPlace.ranks(PLACES.subList(0, 1), 0, "s")).isEqualTo(Ranks.SINGLE);
  }

  @Test
  void twoRanksInOneExecutorAreRefused() {
    List<RankPlace> places = List.of(PLACES.get(0), new RankPlace("4", "10.0.0.1", 0));
    assertThatThrownBy(() -> RankPlace.ranks(places, 0, "s"))
        .isInstanceOf(SparkRunException.class)
        .hasMessageContaining("ranks 0 and 1 are both in executor 4")
        .hasMessageContaining("spark.task.cpus");
  }

  @ParameterizedTest
  @CsvSource({"host:7077,host", "10.0.0.1:1,10.0.0.1", "[::1]:7077,::1", "host,host"})
  void theMachineOfAnAddressIsBeforeThePort(String address, String host) {
    assertThat(RankPlace.host(address)).isEqualTo(host);
  }
}
