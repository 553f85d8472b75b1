/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.dpo4j.data.form.RowFormat;
import dev.dpo4j.data.form.RowForms;
import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of every kind give the rows that stand in them, each with its place. */
class RowFilesTest {
  private static final String LINES = "{\"i\": 1}\n{\"i\": 2}\n{\"i\": 3}\n";

  private final Path folder;

  RowFilesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static List<Row> read(String dataset, String split) {
    List<Row> rows = new ArrayList<>();
    Faults faults = new Faults();
    RowSource.of(dataset, split, RowShape.of(RowFormat.TRL), null, false).read(rows::add, faults);
    faults.throwIfAny();
    return rows;
  }

  private static List<Row> read(Path dataset) {
    return read(dataset.toString(), "train");
  }

  private static List<Object> numbers(List<Row> rows) {
    return rows.stream().map(row -> row.columns().get("i")).toList();
  }

  private Path gzip(String name, String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return Files.write(folder.resolve(name), bytes.toByteArray());
  }

  private Path zstd(String name, String text) throws IOException {
    return Files.write(folder.resolve(name), Zstd.compress(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void packedFilesGiveTheSameRowsWhateverTheirNames() throws IOException {
    for (Path file :
        List.of(
            gzip("a.jsonl.gz", LINES),
            zstd("a.jsonl.zst", LINES),
            zstd("misnamed.jsonl", LINES),
            gzip("array.json.gz", "[{\"i\": 1},\n{\"i\": 2},\n{\"i\": 3}]"))) {
      List<Row> rows = read(file);
      assertThat(numbers(rows)).as("%s", file).containsExactly(1L, 2L, 3L);
      assertThat(rows.get(2).origin()).isEqualTo(new Origin(file.toString(), 3));
    }
    assertThat(numbers(read(folder.resolve("a.jsonl.gz").toString(), "train[-1:]")))
        .containsExactly(3L);
  }

  @Test
  void damagedPackedFilesAreNamed() throws IOException {
    byte[] packed = Files.readAllBytes(zstd("a.jsonl.zst", LINES.repeat(1000)));
    packed[packed.length / 2] ^= 0x55;
    Path bad =
        Files.write(folder.resolve("bad.jsonl.zst"), Arrays.copyOf(packed, packed.length - 3));
    assertThatThrownBy(() -> read(bad))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("bad.jsonl.zst cannot be read");
  }

  @Test
  void aJsonFileMayHoldObjectsOverSeveralLines() throws IOException {
    Path one = Files.writeString(folder.resolve("one.json"), "{\n  \"i\": 1\n}\n");
    assertThat(numbers(read(one))).containsExactly(1L);
    Path two = Files.writeString(folder.resolve("two.json"), "{\n  \"i\": 1\n}\n{\n \"i\": 2}");
    assertThat(numbers(read(two))).containsExactly(1L, 2L);
    assertThat(read(two).get(1).origin().line()).isEqualTo(4);
    Path data =
        Files.writeString(folder.resolve("d.json"), "{\"data\": [{\"i\": 1},\n{\"i\": 2}]}");
    assertThat(numbers(read(data))).containsExactly(1L, 2L);
    Path more =
        Files.writeString(folder.resolve("m.json"), "{\"data\": [{\"i\": 1}], \"version\": 1}");
    assertThatThrownBy(() -> read(more)).hasMessageContaining("something follows the array");
  }

  @Test
  void commaSeparatedValuesAreTextUnlessTheirColumnSaysOtherwise() throws IOException {
    String text =
        "prompt,chosen,rejected,weight,tools\r\n"
            + "\"12\",\"a \"\"b\"\", c\",\"two\nlines\",0.5,\r\n"
            + "p,\"[{\"\"role\"\": \"\"assistant\"\", \"\"content\"\": \"\"x\"\"}]\",[not json],,[]\r\n";
    Path file = Files.writeString(folder.resolve("a.csv"), "\uFEFF" + text);
    List<Row> rows = read(file);
    assertThat(rows.get(0).columns())
        .containsEntry("prompt", "12")
        .containsEntry("chosen", "a \"b\", c")
        .containsEntry("rejected", "two\nlines")
        .containsEntry("weight", 0.5)
        .containsEntry("tools", null);
    assertThat(rows.get(1).columns())
        .containsEntry("chosen", List.of(Map.of("role", "assistant", "content", "x")))
        .containsEntry("rejected", "[not json]")
        .containsEntry("tools", List.of());
    assertThat(rows).extracting(row -> row.origin().line()).containsExactly(2L, 4L);
    assertThat(numbers(read(gzip("b.csv.gz", "i\n7\n")))).containsExactly("7");
  }

  @Test
  void faultsOfCommaSeparatedValuesAreNamedWithTheirLines() throws IOException {
    Path file =
        Files.writeString(folder.resolve("bad.csv"), "prompt,label\na,yes\nb,true,3\nc,TRUE\n");
    assertThatThrownBy(() -> read(file))
        .hasMessageContaining("bad.csv, line 2: label must be true or false but is \"yes\"")
        .hasMessageContaining("bad.csv, line 3: has 3 cells, but the header names 2 columns");
    Path twice = Files.writeString(folder.resolve("twice.csv"), "a,a\n1,2\n");
    assertThatThrownBy(() -> read(twice)).hasMessageContaining("a name of its own");
    byte[] latin = "a\n\u00E9\n".getBytes(StandardCharsets.ISO_8859_1);
    Path bytes = Files.write(folder.resolve("latin.csv"), latin);
    assertThatThrownBy(() -> read(bytes)).hasMessageContaining("latin.csv, line 2: is not UTF-8");
  }

  private Path parquet(String name, String select) throws SQLException {
    Path file = folder.resolve(name);
    try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duckdb.createStatement()) {
      statement.execute("COPY (%s) TO '%s' (FORMAT parquet)".formatted(select, file));
    }
    return file;
  }

  @Test
  void parquetGivesTextsListsAndObjects() throws SQLException {
    Path file =
        parquet(
            "a[1].parquet",
            "SELECT 'Sky?' AS prompt,"
                + " [{'role': 'assistant', 'content': 'Blue \"x\" 你'}] AS chosen,"
                + " [{'role': 'assistant', 'content': NULL}] AS rejected,"
                + " 0.5::DOUBLE AS weight, true AS label, NULL::VARCHAR AS none");
    List<Row> rows = read(file);
    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).origin()).hasToString(file + ", row 1");
    assertThat(rows.get(0).columns())
        .containsEntry("prompt", "Sky?")
        .containsEntry("chosen", List.of(Map.of("role", "assistant", "content", "Blue \"x\" 你")))
        .containsEntry("weight", 0.5)
        .containsEntry("label", true)
        .containsEntry("none", null);
    assertThat(RowForms.pair(rows.get(0))).isInstanceOf(ChatPair.class);
  }

  @Test
  void parquetIsReadByTypeAndNotByTheSpellingOfJson() throws SQLException {
    Path file =
        parquet(
            "types.parquet",
            """
            SELECT 'NaN'::DOUBLE AS missing, ['NaN'::DOUBLE, 2.5] AS scores, 0.1::FLOAT AS f,
              encode('Größe "ß"') AS bytes, '\\xff\\xfe'::BLOB AS picture,
              [encode('a')] AS more_bytes, 7::DECIMAL(10, 2) AS whole, 1.5::DECIMAL(10, 2) AS part,
              18446744073709551615::UBIGINT AS large, DATE '2020-01-02' AS day,
              {'a': 1, 'b': NULL, 'c': [{'x': NULL, 'y': 'z'}]} AS padded,
              MAP {'k': 1, 'a': 2} AS map, NULL AS nothing, '{"q": null}'::JSON AS json""");
    Map<String, Object> row = read(file).get(0).columns();
    assertThat(row).containsEntry("missing", null).containsEntry("nothing", null);
    assertThat(row.get("scores")).isEqualTo(Arrays.asList(null, 2.5));
    assertThat(row)
        .containsEntry("f", 0.1)
        .containsEntry("bytes", "Größe \"ß\"")
        .containsEntry("more_bytes", List.of("a"))
        .containsEntry("whole", 7L)
        .containsEntry("part", 1.5)
        .containsEntry("large", new BigInteger("18446744073709551615"))
        .containsEntry("day", "2020-01-02")
        .containsEntry("padded", Map.of("a", 1L, "c", List.of(Map.of("y", "z"))));
    assertThat(String.valueOf(row.get("map"))).isEqualTo("{k=1, a=2}");
    assertThat(row.get("json")).hasToString("{q=null}");
    assertThat(row.get("picture")).hasToString("2 bytes that are no text in UTF-8");
    assertThat(String.valueOf(row.get("padded"))).startsWith("{a=1, c=");
  }

  @Test
  void parquetKeepsItsOrderAndCanBeSliced() throws SQLException {
    Path file = parquet("many.parquet", "SELECT i FROM range(5000) t(i)");
    assertThat(numbers(read(file.toString(), "train[4990:4993]+train[-1:]")))
        .containsExactly(4990L, 4991L, 4992L, 4999L);
  }

  @Test
  void aFileThatIsNoParquetIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("x.parquet"), "no parquet at all");
    assertThatThrownBy(() -> read(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("x.parquet cannot be read");
  }

  @Test
  void aFolderMayMixKindsOfFiles() throws IOException, SQLException {
    gzip("1.jsonl.gz", LINES);
    Files.writeString(folder.resolve("2.csv"), "i\n4\n");
    parquet("3.parquet", "SELECT 5 AS i");
    Files.writeString(folder.resolve("notes.txt"), "no rows");
    assertThat(numbers(read(folder))).containsExactly(1L, 2L, 3L, "4", 5L);
    assertThat(read(folder)).extracting(Row::index).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aGlobStandsForTheFilesItMatches() throws IOException {
    Files.writeString(folder.resolve("part-1.jsonl"), "{\"i\": 1}");
    Files.writeString(folder.resolve("part-2.jsonl"), "{\"i\": 2}");
    Files.writeString(folder.resolve("other.jsonl"), "{\"i\": 3}");
    assertThat(numbers(read(folder + "/part-*.jsonl", "train"))).containsExactly(1L, 2L);
    assertThat(numbers(read(folder + "/{other,part-2}.jsonl", "train"))).containsExactly(3L, 2L);
    assertThatThrownBy(() -> read(folder + "/none-*.jsonl", "train"))
        .hasMessageContaining("no file matches");
    Path literal = Files.writeString(folder.resolve("odd[1].jsonl"), "{\"i\": 9}");
    assertThat(numbers(read(literal))).containsExactly(9L);
  }

  /** Any bytes give rows or a DataException with the name of the file, never anything else. */
  @Test
  void damagedFilesOfEveryKindAreReadOrRefused() throws IOException, SQLException {
    List<Path> good =
        List.of(
            gzip("fuzz.jsonl.gz", LINES),
            zstd("fuzz.jsonl.zst", LINES),
            Files.writeString(folder.resolve("fuzz.csv"), "i,label\n\"a\"\"b\",true\n\u00E9,\n"),
            Files.writeString(folder.resolve("fuzz.json"), "{\n \"data\": [{\"i\": 1},\n {}]}"),
            parquet("fuzz.parquet", "SELECT 'a' AS prompt, [1, 2] AS i FROM range(20)"));
    Random random = new Random(3);
    for (Path file : good) {
      byte[] bytes = Files.readAllBytes(file);
      for (int round = 0; round < 60; round++) {
        byte[] damaged = bytes.clone();
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        Files.write(
            file, random.nextBoolean() ? damaged : Arrays.copyOf(damaged, damaged.length / 2));
        try {
          read(file);
        } catch (DataException e) {
          assertThat(e.getMessage()).contains(file.getFileName().toString());
        }
      }
    }
  }

  @Test
  void aQuoteThatIsNeverClosedIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("open.csv"), "a,b\n1,\"2\n3,4\n");
    assertThatThrownBy(() -> read(file))
        .hasMessageContaining("open.csv, line 2: is not CSV: it opens a quote");
  }
}
