/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.doctor;

import static dev.dpo4j.doctor.PlantedData.row;
import static dev.dpo4j.doctor.PlantedData.turn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.doctor.finding.DataProblem;
import dev.dpo4j.doctor.finding.Repair;
import dev.dpo4j.doctor.report.DoctorReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RepairTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  private Path out() {
    return folder.resolve("fixed.jsonl");
  }

  private List<JsonNode> changes() throws IOException {
    return Files.readAllLines(folder.resolve("fixed.changes.jsonl")).stream()
        .map(JSON::readTree)
        .toList();
  }

  @Test
  void dropsOnlyWhatIsUselessAndCopiesTheRestToTheByte() throws IOException {
    PlantedData data = new PlantedData(5).good(20);
    data.plant(data.get(3));
    data.plant(row("a question", "", "an answer"));
    data.plant(row("a question", "an answer", "an answer"));
    data.plant(row("another question", "an answer", " an  answer"));
    data.plant(
        row(data.get(4).get("prompt"), data.get(4).get("rejected"), data.get(4).get("chosen")));
    Path file = data.write(folder.resolve("train.jsonl"));
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    // Columns that nobody reads, odd spaces and escapes stay as they are.
    lines.set(
        0, "{ \"id\":7,\"prompt\" : \"caf\\u00e9?\", \"chosen\":\"1.50\",\"rejected\":\"no\"}");
    Files.writeString(file, "\uFEFF" + String.join("\r\n", lines) + "\n\n");
    DoctorReport report = DataDoctor.of(PreferenceRows.read(file)).repair(out(), false).examine();
    List<String> expected = new ArrayList<>(lines);
    for (int line : new int[] {23, 22, 21}) {
      expected.remove(line - 1);
    }
    assertThat(Files.readAllLines(out())).isEqualTo(expected);
    assertThat(changes())
        .extracting(change -> change.get("line").asInt() + " " + change.get("reason").asString())
        .containsExactly("21 duplicate_pair", "22 empty_answer", "23 identical_answers");
    assertThat(changes().get(0).get("detail").asString()).endsWith("train.jsonl:3");
    assertThat(report.repair())
        .isEqualTo(new Repair(out().toString(), report.repair().changes(), 22, 3, 0, 0));
    // What is left has nothing more to drop.
    DoctorReport again = DataDoctor.of(PreferenceRows.read(out())).examine();
    assertThat(again.find(DataProblem.DUPLICATE_PAIR)).isNull();
    assertThat(again.find(DataProblem.EMPTY_ANSWER)).isNull();
    assertThat(again.find(DataProblem.IDENTICAL_ANSWERS)).isNull();
    assertThat(again.find(DataProblem.CONTRADICTION)).as("is nobody's to decide").isNotNull();
  }

  @Test
  void rowsOfAnArrayAreWrittenAnewWithAllThatIsRead() throws IOException {
    Map<String, Object> first =
        row(turn("user", "hello"), turn("assistant", "yes"), turn("assistant", "no"));
    first.put("tools", List.of(Map.of("type", "function")));
    first.put("weight", 2.5);
    Map<String, Object> second = row("x", "y", "z");
    Path file = folder.resolve("rows.json");
    Files.writeString(file, JSON.writeValueAsString(List.of(first, second, second)));
    DoctorReport report = DataDoctor.of(PreferenceRows.read(file)).repair(out(), false).examine();
    assertThat(report.repair().rewritten()).isEqualTo(2);
    List<JsonNode> rows = Files.readAllLines(out()).stream().map(JSON::readTree).toList();
    assertThat(rows)
        .containsExactly(
            JSON.readTree(JSON.writeValueAsString(first)),
            JSON.readTree(JSON.writeValueAsString(second)));
  }

  @Test
  void rowsThatCannotBeReadAreDroppedAndListed() throws IOException {
    Path file = folder.resolve("train.jsonl");
    Files.writeString(
        file,
        "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}\nbroken\n{\"prompt\":\"d\",\"chosen\":\"e\",\"rejected\":\"f\"}\n");
    DataDoctor.of(PreferenceRows.read(file)).repair(out(), false).examine();
    assertThat(Files.readAllLines(out())).hasSize(2);
    assertThat(changes()).hasSize(1);
    assertThat(changes().get(0).get("reason").asString()).isEqualTo("unreadable_row");
    assertThat(changes().get(0).get("line").asInt()).isEqualTo(2);
  }

  @Test
  void neverOverwritesTheDataAndLeavesNothingHalfDone() throws IOException {
    Path file = new PlantedData(6).good(5).write(folder.resolve("train.jsonl"));
    String before = Files.readString(file);
    assertThatThrownBy(() -> DataDoctor.of(PreferenceRows.read(file)).repair(file, false).examine())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("give --fix another name");
    assertThat(file).hasContent(before);
    assertThat(folder).isDirectoryNotContaining(path -> !path.equals(file));
    Path nowhere = folder.resolve("none").resolve("x.jsonl");
    assertThatThrownBy(
            () -> DataDoctor.of(PreferenceRows.read(file)).repair(nowhere, false).examine())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("its folder must exist");
    Files.writeString(file, "broken\n".repeat(25));
    assertThatThrownBy(
            () -> DataDoctor.of(PreferenceRows.read(file)).repair(out(), false).examine())
        .isInstanceOf(DataException.class)
        .hasMessageContaining("was not repaired: reading stopped after 20 rows");
    assertThat(out()).doesNotExist();
  }
}
