/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.form.RowFormat;
import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Faults;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.Row;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrow files give the rows that Python put in; {@code arrow_folders.py} of parity wrote them. */
class ArrowRowsTest {
  private static final String STREAM = "types.arrow";

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(ArrowRowsTest.class.getResource("/arrow/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<Row> read(Path dataset, String split) {
    List<Row> rows = new ArrayList<>();
    Faults faults = new Faults();
    RowSource.of(dataset.toString(), split, RowShape.of(RowFormat.TRL), null, false)
        .read(rows::add, faults);
    faults.throwIfAny();
    return rows;
  }

  private static List<@Nullable Object> column(String file, String name) {
    List<@Nullable Object> values = new ArrayList<>();
    for (Row row : read(resource(file), "train")) {
      values.add(row.columns().get(name));
    }
    return values;
  }

  @Test
  void aSplitOfSaveToDiskGivesThePairsOfItsFilesInOrder() {
    List<Row> rows = read(resource("splits"), "train_prefs");
    assertThat(rows).hasSize(3);
    for (int i = 0; i < 3; i++) {
      Map<String, @Nullable Object> pair = rows.get(i).columns();
      assertThat(pair.get("prompt"))
          .isEqualTo(List.of(Map.of("role", "user", "content", "Grüße " + i + "?")));
      assertThat(pair.get("rejected"))
          .isEqualTo(List.of(Map.of("role", "assistant", "content", "nein")));
      assertThat(pair).containsEntry("nothing", null);
    }
    assertThat(rows).extracting(row -> row.columns().get("score")).containsExactly(1.5, null, null);
    Path second = resource("splits/train_prefs/data-00001-of-00002.arrow");
    assertThat(rows.get(2).origin()).isEqualTo(new Origin(second.toString(), 1));
    assertThat(rows.get(2).origin()).hasToString(second + ", row 1");
  }

  @Test
  void aFieldThatARowNeverHadIsAbsent() {
    List<Row> rows = read(resource("splits"), "train_prefs");
    assertThat(rows.get(0).columns().get("chosen"))
        .isEqualTo(List.of(Map.of("role", "assistant", "content", "ja")));
    assertThat(rows.get(1).columns().get("chosen"))
        .isEqualTo(
            List.of(
                Map.of(
                    "role",
                    "assistant",
                    "content",
                    "ja",
                    "tool_calls",
                    List.of(Map.of("f", Map.of("a", 1L))))));
  }

  @Test
  void splitsAreFoundByTheirNamesAndSliced() {
    assertThat(read(resource("splits"), "test_prefs")).hasSize(1);
    assertThat(read(resource("splits"), "train_prefs[-1:]").get(0).columns().get("prompt"))
        .isEqualTo(List.of(Map.of("role", "user", "content", "Grüße 2?")));
    assertThatThrownBy(() -> read(resource("splits"), "train"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has no split \"train\": found [train_prefs, test_prefs]");
  }

  @Test
  void aFolderOfOneSplitIsTrainAndCanBeReadAsPairs() {
    List<@Nullable Object> prompts = new ArrayList<>();
    PreferenceRows.read(resource("splits/train_prefs"))
        .forEach(pair -> prompts.add(((ChatPair) pair).prompt().get(0).fields().get("content")));
    assertThat(prompts).containsExactly("Grüße 0?", "Grüße 1?", "Grüße 2?");
  }

  @Test
  void columnsOfJsonGiveTheirValues() {
    List<Row> rows = read(resource("json"), "train");
    Map<String, @Nullable Object> first = rows.get(0).columns();
    assertThat(first.get("many")).isEqualTo(List.of(Map.of("q", 1L), List.of(2L)));
    assertThat(first.get("n")).isEqualTo(1L << 40);
    assertThat(first.get("tools")).asString().isEqualTo("[{name=f, x=null}]");
    assertThat(rows.get(1).columns().get("tools")).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {STREAM, "types.feather"})
  void everyTypeGivesWhatPythonPutIn(String file) {
    assertThat(column(file, "bool")).containsExactly(true, null, false);
    assertThat(column(file, "int8")).containsExactly(-1L, null, 7L);
    assertThat(column(file, "int32")).containsExactly(-70000L, null, 7L);
    assertThat(column(file, "uint8")).containsExactly(200L, null, 7L);
    assertThat(column(file, "uint64"))
        .containsExactly(BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE), null, 7L);
    assertThat(column(file, "float")).containsExactly(0.1, null, null);
    assertThat(column(file, "double")).containsExactly(0.1, null, -2.5);
    assertThat(column(file, "text")).containsExactly("", null, "好😀");
    assertThat(column(file, "large")).containsExactly("a", null, "bc");
    assertThat(column(file, "bytes").subList(0, 2)).containsExactly("ü", null);
    assertThat(column(file, "bytes").get(2)).hasToString("2 bytes that are no text in UTF-8");
    assertThat(column(file, "list")).containsExactly(Arrays.asList(1L, null), null, List.of());
    assertThat(column(file, "large_list")).containsExactly(List.of("x"), null, List.of("y", "z"));
    assertThat(column(file, "fixed")).containsExactly(List.of(1L, 2L), null, List.of(3L, 4L));
    assertThat(column(file, "struct")).containsExactly(Map.of("a", 1L), null, Map.of("b", "x"));
    assertThat(column(file, "map")).containsExactly(Map.of("k", 1L), null, Map.of());
    assertThat(column(file, "day")).containsExactly("2024-02-29", null, "1969-12-31");
    assertThat(column(file, "time"))
        .containsExactly("2024-02-29T01:02:03.004", null, "1969-12-31T23:59:59");
    assertThat(column(file, "seconds"))
        .containsExactly("1970-01-01T23:59:59", null, "1969-12-31T23:59:59");
  }

  @Test
  void whatIsNotReadIsNamed() {
    assertThatThrownBy(() -> read(resource("packed.arrow"), "train"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("packed.arrow cannot be read: its columns are compressed");
    assertThatThrownBy(() -> read(resource("dictionary.arrow"), "train"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the column \"word\" has the type dictionary, which is not read");
  }

  @Test
  void aFolderThatLacksAFileOrLeavesItselfIsRefused(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("state.json"), "{\"_data_files\": [{\"filename\": \"data-0.arrow\"}]}");
    assertThatThrownBy(() -> read(folder, "train"))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("state.json names \"data-0.arrow\", which is not in that folder");
    Files.writeString(folder.resolveSibling("outside.arrow"), "");
    Files.writeString(
        folder.resolve("state.json"), "{\"_data_files\": [{\"filename\": \"../outside.arrow\"}]}");
    assertThatThrownBy(() -> read(folder, "train")).hasMessageContaining("../outside.arrow");
    Files.delete(folder.resolveSibling("outside.arrow"));
  }

  @Test
  void filesOfTheCacheOfDatasetsAreNoRows(@TempDir Path folder) throws IOException {
    Path inner = Files.createDirectories(folder.resolve("one"));
    for (String name : List.of("data-00000-of-00001.arrow", "state.json", "dataset_info.json")) {
      Files.copy(resource("splits/test_prefs").resolve(name), inner.resolve(name));
    }
    Files.copy(
        resource("splits/test_prefs/data-00000-of-00001.arrow"),
        inner.resolve("cache-0123456789abcdef.arrow"));
    assertThat(read(folder, "train")).hasSize(1);
    assertThat(read(inner, "train")).hasSize(1);
  }

  @Test
  void aDamagedFileIsNamedOrReadAndNothingElse(@TempDir Path folder) throws IOException {
    byte[] whole;
    try (InputStream in = Files.newInputStream(resource(STREAM))) {
      whole = in.readAllBytes();
    }
    Path file = folder.resolve("damaged.arrow");
    Random random = new Random(17);
    Set<String> told = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      byte[] damaged = whole.clone();
      for (int k = 0; k <= i % 3; k++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      int length = i % 5 == 0 ? random.nextInt(damaged.length) : damaged.length;
      Files.write(file, Arrays.copyOf(damaged, length));
      try {
        read(file, "train");
      } catch (DataException e) {
        assertThat(e).hasMessageContaining("damaged.arrow").message().doesNotContain("java.");
        told.add(e.getMessage());
      }
    }
    assertThat(told).hasSizeGreaterThan(5);
  }
}
