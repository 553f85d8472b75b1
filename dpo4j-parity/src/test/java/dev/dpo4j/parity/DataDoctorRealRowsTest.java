/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.doctor.DataDoctor;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Finding;
import dev.dpo4j.doctor.finding.Severity;
import dev.dpo4j.doctor.report.DoctorReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares what the doctor finds in real rows with what their lines show. */
class DataDoctorRealRowsTest {
  private static List<Integer> lines(DoctorReport report, DataProblem ailment) {
    Finding found = report.find(ailment);
    return found == null
        ? List.of()
        : found.examples().stream()
            .map(example -> Integer.valueOf(example.where().replaceFirst(".*:", "")))
            .toList();
  }

  @ParameterizedTest
  @CsvSource({"dpo-en,5", "dpo-zh,11"})
  void findsEveryRepeatedLineAndEveryLostCharacter(String name, int copies) throws IOException {
    Path file = Shared.path("data/" + name + ".jsonl");
    DoctorReport report = DataDoctor.of(PreferenceRows.read(file)).examples(300).examine();
    List<String> text = Files.readAllLines(file);
    Set<String> seen = new HashSet<>();
    List<Integer> repeated =
        IntStream.range(0, text.size())
            .filter(i -> !seen.add(text.get(i)))
            .mapToObj(i -> i + 1)
            .toList();
    assertThat(repeated).hasSize(copies);
    assertThat(lines(report, DataProblem.DUPLICATE_PAIR)).isEqualTo(repeated);
    List<Integer> lost =
        IntStream.range(0, text.size())
            .filter(i -> text.get(i).contains("\uFFFD"))
            .mapToObj(i -> i + 1)
            .toList();
    assertThat(lines(report, DataProblem.ENCODING_DAMAGE)).containsAll(lost);
    assertThat(report.hasAtLeast(Severity.ERROR)).isFalse();
    // No two other rows have a Jaccard index above one half (counted pair by pair, once).
    assertThat(report.find(DataProblem.NEAR_DUPLICATE)).isNull();
  }

  @ParameterizedTest
  @CsvSource({"dpo-en", "dpo-zh"})
  void everyRowLeaksIntoItself(String name) {
    PreferenceRows data = PreferenceRows.read(Shared.path("data/" + name + ".jsonl"));
    DoctorReport report = DataDoctor.of(data).evaluation(data).examine();
    Finding leaked = report.find(DataProblem.LEAK_PAIR);
    assertThat(leaked).isNotNull();
    assertThat(leaked.count()).isEqualTo(300);
    assertThat(report.find(DataProblem.LEAK_NEAR)).isNull();
  }
}
