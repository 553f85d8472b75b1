/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpillSorterTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"0,64", "1,64", "20,64", "1000,64", "5000,200", "5000,100000"})
  void sortsAsTheListDoesWhetherItSpillsOrNot(int count, int buffer) throws IOException {
    SplittableRandom random = new SplittableRandom(count + buffer);
    List<List<Long>> expected = new ArrayList<>();
    List<List<Long>> found = new ArrayList<>();
    try (SpillSorter sorter = new SpillSorter(folder.resolve("s" + count + buffer), 3, 2, buffer)) {
      for (long i = 0; i < count; i++) {
        // Few different keys, so that many are equal; some are negative, so the largest unsigned.
        long a = random.nextInt(7) - 3;
        long b = random.nextLong() & -256;
        expected.add(List.of(a, b % 512, i));
        sorter.add(a, b % 512, i);
      }
      sorter.forEach(record -> found.add(List.of(record[0], record[1], record[2])));
      assertThat(sorter.size()).isEqualTo(count);
    }
    expected.sort(
        Comparator.<List<Long>>comparingInt(r -> 0)
            .thenComparing((x, y) -> Long.compareUnsigned(x.get(0), y.get(0)))
            .thenComparing((x, y) -> Long.compareUnsigned(x.get(1), y.get(1))));
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void keepsNoMoreThanItsTwoBuffersHoweverMuchIsAdded() throws IOException {
    try (SpillSorter sorter = new SpillSorter(folder.resolve("many"), 2, 1, 1 << 12)) {
      for (long i = 0; i < 100_000; i++) {
        sorter.add(Fingerprint.mix(i), i);
      }
      assertThat(sorter.bytesInMemory()).isEqualTo(2L * Long.BYTES * (1 << 12));
    }
    assertThat(folder).isEmptyDirectory();
  }
}
