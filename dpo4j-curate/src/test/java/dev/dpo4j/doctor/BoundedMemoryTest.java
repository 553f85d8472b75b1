/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.report.DoctorReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts what is kept across rows; what one row takes is gone when the next block is read. */
class BoundedMemoryTest {
  private static final int BUFFER = 1 << 9;

  @TempDir Path folder;

  /** Bytes kept after so many rows, a quarter of them duplicates. */
  private long kept(int rows) throws IOException {
    PlantedData data = new PlantedData(rows).good(rows / 4 * 3);
    for (int i = 1; i <= rows / 4; i++) {
      data.plant(data.get(i));
    }
    Path file = data.write(folder.resolve(rows + ".jsonl"));
    Path spill = Files.createDirectory(folder.resolve("spill" + rows));
    AtomicLong seen = new AtomicLong();
    try (Examination examination =
        new Examination(spill, new Examination.Settings(0.8, 5, BUFFER), seen::set)) {
      examination.read(RowReader.of(PreferenceRows.read(file), null, null), null);
      DoctorReport report = examination.report("rows", "", false);
      assertThat(seen).hasValue(rows);
      assertThat(report.find(DataProblem.DUPLICATE_PAIR).count()).isEqualTo(rows / 4);
      assertThat(report.find(DataProblem.DUPLICATE_PAIR).examples()).hasSize(5);
      return examination.bytesKept();
    } finally {
      assertThat(spill).isEmptyDirectory();
    }
  }

  @Test
  void fourTimesTheRowsKeepNotOneByteMore() throws IOException {
    long few = kept(1200);
    long many = kept(4800);
    assertThat(many).isEqualTo(few);
    // Four sorters with two buffers each, and two counts of lengths.
    assertThat(many).isLessThanOrEqualTo(4 * 2 * Long.BYTES * BUFFER + 2 * 4 * (1 << 15));
  }
}
