/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowReaderTest {
  private final Path folder;

  RowReaderTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private static List<Row> read(Path file) {
    return read(file, "train");
  }

  private static List<Row> read(Path file, String split) {
    List<Row> rows = new ArrayList<>();
    Faults faults = new Faults();
    RowSource.of(file, split).read(rows::add, faults);
    faults.throwIfAny();
    return rows;
  }

  @Test
  void linesAndArraysGiveTheSameRowsWithTheirLines() throws IOException {
    List<Row> lines = read(write("a.jsonl", "\uFEFF{\"a\": 1}\r\n\n  {\"a\": [true, null, 2.5]}"));
    List<Row> array = read(write("a.json", "\n[{\"a\": 1},\n\n {\"a\": [true, null, 2.5]}]\n"));
    assertThat(lines).extracting(Row::columns).isEqualTo(array.stream().map(Row::columns).toList());
    assertThat(lines).extracting(row -> row.origin().line()).containsExactly(1L, 3L);
    assertThat(array).extracting(row -> row.origin().line()).containsExactly(2L, 4L);
    assertThat(lines).extracting(Row::index).containsExactly(0, 1);
    assertThat(lines.get(0).columns()).containsEntry("a", 1L);
  }

  @Test
  void allFaultsOfAFileAreReportedTogether() throws IOException {
    Path file = write("bad.jsonl", "{\"a\": 1}\n{\"a\": \n[1]\n{\"a\": 1, \"a\": 2}\n{} x\n");
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("4 rows cannot be used")
        .hasMessageContaining("bad.jsonl, line 2: is not JSON")
        .hasMessageContaining("line 3: a row must be a JSON object but is a list")
        .hasMessageContaining("line 4: is not JSON: Duplicate")
        .hasMessageContaining("line 5: is not JSON");
  }

  @Test
  void afterTwentyFaultsReadingStops() throws IOException {
    assertThatThrownBy(() -> read(write("bad.jsonl", "nonsense\n".repeat(100))))
        .hasMessageStartingWith("at least 20 rows cannot be used")
        .hasMessageContaining("Every line must hold one JSON object");
  }

  @Test
  void aByteThatIsNotUtf8IsNamedWithItsLine() throws IOException {
    byte[] bad = "{\"a\": \"x\"}\n{\"a\": \"\u00E9\"}\n".getBytes(StandardCharsets.ISO_8859_1);
    Path lines = Files.write(folder.resolve("a.jsonl"), bad);
    assertThatThrownBy(() -> read(lines))
        .hasMessageContaining("a.jsonl, line 2: is not UTF-8: found the byte 0xE9 at byte 8");
    byte[] array = "[{\"a\": \"x\"},\n{\"a\": \"\u00E9\"}]".getBytes(StandardCharsets.ISO_8859_1);
    Path json = Files.write(folder.resolve("a.json"), array);
    assertThatThrownBy(() -> read(json))
        .hasMessageContaining("a.json, line 2: is not UTF-8: found the byte 0xE9 at byte 21");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[",
        "[{}",
        "[{}, ",
        "[{}] []",
        "[1]",
        "[{\"a\":}]",
        "{\"a\": NaN}",
        "{\"a\"",
        "1"
      })
  void brokenFilesAreRefusedWithTheirName(String text) throws IOException {
    assertThatThrownBy(() -> read(write("broken.json", text)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("broken.json, line 1");
  }

  @Test
  void anUnpairedSurrogateIsRefused() throws IOException {
    assertThatThrownBy(() -> read(write("a.jsonl", "{\"a\": \"\\ud800\"}")))
        .hasMessageContaining("unpaired surrogate \\ud800");
    assertThat(read(write("a.jsonl", "{\"a\": \"\\ud83d\\ude00\"}"))).hasSize(1);
  }

  @Test
  void deepNestingIsRefusedInsteadOfExhaustingTheStack() throws IOException {
    String deep = "{\"a\": " + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    assertThatThrownBy(() -> read(write("deep.jsonl", deep)))
        .hasMessageContaining("deep.jsonl, line 1: is not JSON");
  }

  @Test
  void aPackedFileThatEndsTooEarlySaysSo() throws IOException {
    Path file = Files.write(folder.resolve("a.jsonl"), new byte[] {0x1F, (byte) 0x8B, 8, 0});
    assertThatThrownBy(() -> read(file))
        .hasMessageContaining("a.jsonl cannot be read: it is packed, and ends too early");
  }

  /** Any bytes give rows or a DataException, never anything else. */
  @Test
  void damagedFilesNeverCrashTheReader() throws IOException {
    byte[] good =
        "[{\"prompt\": \"p\u00e9\", \"chosen\": [1.5e3, {\"x\": \"\\u00e9\"}], \"rejected\": null}]\n"
            .getBytes(StandardCharsets.UTF_8);
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      byte[] damaged = good.clone();
      for (int i = 0; i < 1 + random.nextInt(3); i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      Path file = Files.write(folder.resolve("fuzz.json"), damaged);
      try {
        read(file);
      } catch (DataException e) {
        assertThat(e.getMessage()).contains("fuzz.json");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "train; 0 1 2 3 4 5 6 7 8 9",
        "train[0:3]; 0 1 2",
        "train[7:]; 7 8 9",
        "train[-2:]; 8 9",
        "train[:25%]; 0 1",
        "train[75%:]; 8 9",
        "train[-10%:]; 9",
        "train[8:2_0]; 8 9",
        "train[:1]+train[4:5]; 0 4",
        "train[5:5]; ''",
      })
  void slicesAreThoseOfTheDatasetsLibrary(String split, String expected) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      text.append("{\"i\": ").append(i).append("}\n");
    }
    Path file = write("ten.jsonl", text.toString());
    List<String> found =
        read(file, split).stream().map(row -> String.valueOf(row.columns().get("i"))).toList();
    assertThat(String.join(" ", found)).isEqualTo(expected);
    assertThat(read(file, split))
        .allSatisfy(r -> assertThat(r.columns()).containsValue((long) r.index()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "train[", "train[1]", "train[1:2:3]", "train[a:]", "train + ", "train[_:]"})
  void aSplitThatIsNotUnderstoodIsRefused(String split) {
    assertThatThrownBy(() -> SplitSpec.parse(split))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("train[0:20]");
  }

  @Test
  void aFolderIsReadInTheOrderOfItsNames() throws IOException {
    write("b.jsonl", "{\"i\": 2}");
    write("a.json", "[{\"i\": 1}]");
    write("README.md", "no rows");
    write(".hidden.jsonl", "no rows");
    assertThat(read(folder)).extracting(row -> row.columns().get("i")).containsExactly(1L, 2L);
    assertThat(read(folder)).extracting(Row::index).containsExactly(0, 1);
  }

  @Test
  void theNamesInAFolderAreItsSplits() throws IOException {
    write("my-train-0.jsonl", "{\"i\": 1}");
    Files.createDirectories(folder.resolve("test"));
    write("test/x.jsonl", "{\"i\": 2}");
    assertThat(read(folder)).hasSize(1);
    assertThat(read(folder, "test[:1]")).extracting(r -> r.columns().get("i")).containsExactly(2L);
    assertThatThrownBy(() -> read(folder, "dev"))
        .hasMessageContaining("no split \"dev\"")
        .hasMessageContaining("[test, train]");
    write("strange.jsonl", "{}");
    assertThatThrownBy(() -> read(folder)).hasMessageContaining("strange.jsonl");
  }

  @Test
  void aMissingPathIsReported() {
    assertThatThrownBy(() -> read(folder.resolve("none.jsonl")))
        .hasMessageContaining("none.jsonl does not exist");
    assertThatThrownBy(() -> read(folder)).hasMessageContaining("holds no .json");
  }
}
