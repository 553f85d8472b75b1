/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class LabelReportTest {
  private static Decision decision(
      String annotator, boolean gold, int row, Choice choice, double seconds) {
    return new Decision(
        Samples.NOON.instant(),
        annotator,
        gold,
        row,
        "digest" + row,
        0,
        choice,
        "",
        choice == Choice.LEFT ? List.of("style") : List.of(),
        seconds,
        "prompt",
        List.of("a", "b"),
        Map.of());
  }

  private static Path file(Path folder) throws IOException {
    Path file = folder.resolve("decisions.jsonl");
    try (DecisionLog log = DecisionLog.open(file)) {
      log.append(decision("ann", false, 0, Choice.LEFT, 10));
      log.append(decision("bob", false, 0, Choice.LEFT, 20));
      log.append(decision("ann", false, 1, Choice.RIGHT, 30));
      log.append(decision("bob", false, 1, Choice.TIE, 4));
      log.append(decision("ann", false, 2, Choice.LEFT, 50));
      log.append(decision("bob", false, 2, Choice.SKIP, 1000));
      log.append(decision("ann", true, 0, Choice.LEFT, 1));
      log.append(decision("ann", true, 1, Choice.BOTH_BAD, 2));
      log.append(decision("ann", true, 2, Choice.SKIP, 1));
    }
    return file;
  }

  @Test
  void countsTimesGoldAndAgreementAreThoseWorkedByHand(@TempDir Path folder) throws IOException {
    JsonNode report = JsonMapper.shared().readTree(LabelReport.read(file(folder)).toJson());
    assertThat(report.path("rows_judged").asInt()).isEqualTo(3);
    JsonNode ann = report.path("annotators").get(0);
    assertThat(ann.path("annotator").asString()).isEqualTo("ann");
    assertThat(ann.path("decisions").asInt()).isEqualTo(3);
    assertThat(ann.path("left").asInt()).isEqualTo(2);
    assertThat(ann.path("left_share").asDouble()).isEqualTo(2.0 / 3);
    assertThat(ann.path("gold_asked").asInt()).isEqualTo(2);
    assertThat(ann.path("gold_accuracy").asDouble()).isEqualTo(0.5);
    assertThat(ann.path("median_seconds").asDouble()).isEqualTo(10);
    JsonNode bob = report.path("annotators").get(1);
    assertThat(bob.path("skip").asInt()).isEqualTo(1);
    assertThat(bob.path("gold_accuracy").isNull()).isTrue();
    assertThat(bob.path("median_seconds").asDouble()).isEqualTo(12);
    JsonNode agreement = report.path("agreement");
    assertThat(agreement.path("rows").asInt()).isEqualTo(2);
    assertThat(agreement.path("observed").asDouble()).isEqualTo(0.5);
    // Observed 1/2, expected 1/2 * 1/2.
    assertThat(agreement.path("pairs").get(0).path("cohen_kappa").asDouble()).isEqualTo(1.0 / 3);
    assertThat(agreement.path("mean_cohen_kappa").asDouble()).isEqualTo(1.0 / 3);
    assertThat(report.path("tags").path("style").asInt()).isEqualTo(4);
  }

  @Test
  void theTableSaysTheSame(@TempDir Path folder) throws IOException {
    assertThat(LabelReport.read(file(folder)).toText())
        .contains("3 rows judged", "67 %", "1 of 2")
        .contains("ann, bob: Cohen's kappa 0.333, 50 % the same, 2 rows")
        .contains("tags: style=4");
  }

  @Test
  void aHalfWrittenLineIsToldOfAndLeftAlone(@TempDir Path folder) throws IOException {
    Path file = file(folder);
    Files.writeString(file, "{\"type\":\"deci", StandardOpenOption.APPEND);
    LabelReport report = LabelReport.read(file);
    assertThat(report.torn()).contains("breaks off after 13 bytes");
    assertThat(Files.readString(file)).endsWith("{\"type\":\"deci");
  }
}
