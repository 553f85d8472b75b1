/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.data.form.PairMaker;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.form.RowFormat;
import dev.dpo4j.data.form.RowForms;
import dev.dpo4j.data.form.RowShape;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.JsonRows;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.Origin;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.Row;
import dev.dpo4j.data.row.RowFault;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.source.MixStrategy;
import dev.dpo4j.data.source.SourceOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;

/** The rows and descriptions that the docs show are read as they stand there. */
class DocsExamplesTest {
  private static final Path DOCS = Path.of("..", "docs");
  private static final Path PAGE = DOCS.resolve("reference/data-formats.md");
  private static final Pattern BLOCK = Pattern.compile("```(json|yaml)\\n(.*?)```", Pattern.DOTALL);
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

  /** Every way in which a row is trained on or shown. */
  private static final List<Function<Row, Object>> READERS =
      List.of(
          row -> new PairMaker(RankedOptions.DEFAULT).pairs(row),
          RowForms::supervised,
          row -> RowForms.labelled(row, new PairMaker(RankedOptions.DEFAULT)),
          RowForms::unjudged);

  @TempDir private Path folder;

  /** A block of a page with the heading above it. */
  private record Block(String heading, String language, String text) {}

  private static List<Block> blocks(Path page) throws IOException {
    String text = Files.readString(page);
    List<Block> blocks = new ArrayList<>();
    Matcher found = BLOCK.matcher(text);
    while (found.find()) {
      String heading = "";
      Matcher above = HEADING.matcher(text);
      while (above.find() && above.start() < found.start()) {
        heading = above.group(1);
      }
      blocks.add(new Block(heading, found.group(1), found.group(2)));
    }
    return blocks;
  }

  /** The rows of a block, each over as many lines as it likes. */
  @SuppressWarnings("unchecked") // the reader builds maps with string keys only
  private static List<Row> rows(String json, RowShape shape) {
    List<Row> rows = new ArrayList<>();
    try (JsonParser parser = JsonRows.FACTORY.createParser(ObjectReadContext.empty(), json)) {
      while (parser.nextToken() != null) {
        Map<String, Object> columns = (Map<String, Object>) JsonRows.value(parser, 0);
        Row row = new Row(rows.size(), new Origin("page.md", rows.size() + 1L), columns);
        rows.add(shape.apply(row));
      }
    }
    return rows;
  }

  private static RowShape shape(String heading) {
    return switch (heading) {
      case "Transcripts" -> RowShape.of(RowFormat.HH);
      case "Rows to be labelled" -> RowShape.ANSWERS;
      default -> RowShape.AUTO;
    };
  }

  private static boolean isRead(Row row) {
    return READERS.stream()
        .anyMatch(
            reader -> {
              try {
                reader.apply(row);
                return true;
              } catch (RowFault e) {
                return false;
              }
            });
  }

  @TestFactory
  Stream<DynamicTest> everyRowOfThePageIsRead() throws IOException {
    List<Block> blocks = blocks(PAGE).stream().filter(b -> b.language().equals("json")).toList();
    assertThat(blocks).hasSizeGreaterThan(8);
    return blocks.stream()
        .map(
            block ->
                DynamicTest.dynamicTest(
                    block.heading(),
                    () -> {
                      List<Row> rows = rows(block.text(), shape(block.heading()));
                      assertThat(rows).isNotEmpty().allMatch(DocsExamplesTest::isRead);
                    }));
  }

  @Test
  void theExampleOfDatasetInfoReadsTheRowsItDescribes() throws IOException {
    String yaml =
        blocks(PAGE).stream()
            .filter(block -> block.language().equals("yaml"))
            .filter(block -> block.heading().contains("dataset_info"))
            .findFirst()
            .orElseThrow()
            .text();
    Files.writeString(folder.resolve("dataset_info.yaml"), yaml);
    Path rows = Files.createDirectories(folder.resolve("support")).resolve("a.jsonl");
    String row =
        "{\"dialog\": [{\"who\": \"customer\", \"says\": \"Sky?\"}], \"better\": {\"who\": \"agent\","
            + " \"says\": \"Blue.\"}, \"worse\": \"Green.\", \"rules\": \"Be brief.\"}\n";
    Files.writeString(rows, row.repeat(10));
    SourceOptions options =
        new SourceOptions(
            RowFormat.AUTO,
            List.of("support"),
            folder.toString(),
            MixStrategy.CONCAT,
            List.of(),
            null,
            false,
            null,
            Map.of(),
            null);
    List<PreferencePair> pairs = new ArrayList<>();
    PreferenceRows.read(DataSource.of(null, "train", options, 0), RankedOptions.DEFAULT)
        .forEach(pairs::add);
    assertThat(pairs).as("train[:90%%] of 10 rows").hasSize(9);
    ChatPair pair = (ChatPair) pairs.get(0);
    assertThat(pair.prompt()).containsExactly(Message.system("Be brief."), Message.user("Sky?"));
    assertThat(pair.chosen()).containsExactly(Message.assistant("Blue."));
    assertThat(pair.rejected()).containsExactly(Message.assistant("Green."));
  }

  @Test
  void theAlpacaExamplesSayWhatThePageSays() throws IOException {
    String json =
        blocks(PAGE).stream()
            .filter(block -> block.heading().equals("Alpaca"))
            .findFirst()
            .orElseThrow()
            .text();
    List<Row> rows = rows(json, RowShape.AUTO);
    ChatPair pair = (ChatPair) new PairMaker(RankedOptions.DEFAULT).pairs(rows.get(1)).get(0);
    assertThat(pair.prompt()).containsExactly(Message.user("Translate.\nsky"));
    assertThat(pair.chosen()).containsExactly(Message.assistant("ciel"));
    TrainingText judged =
        RowForms.labelled(rows.get(2), new PairMaker(RankedOptions.DEFAULT)).get(0);
    assertThat(((TrainingText.ChatCompletion) judged).label()).isTrue();
    assertThat(rows.get(0).columns()).isInstanceOf(Map.class).containsKey("completion");
  }
}
