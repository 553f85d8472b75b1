/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.form.RowFormat;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.RowEvent;
import dev.dpo4j.data.row.TrainingText;
import dev.dpo4j.data.source.DataSource;
import dev.dpo4j.data.source.MixStrategy;
import dev.dpo4j.data.source.SourceOptions;
import dev.dpo4j.data.token.DataReport;
import dev.dpo4j.data.token.LengthLimits;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.tokenizer.HfTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a row says is in the rendered text, or the row is refused by name. */
class NothingVanishesTest {
  @TempDir private Path folder;
  private HfTokenizer tokenizer;

  @BeforeEach
  void load() throws IOException {
    tokenizer = TinyModel.load(Files.createDirectories(folder.resolve("model")));
  }

  @AfterEach
  void close() {
    tokenizer.close();
  }

  private Path write(String rows) throws IOException {
    return Files.writeString(folder.resolve("rows.jsonl"), rows);
  }

  private DataInspector.Inspection inspect(String rows, TokenizeOptions options)
      throws IOException {
    return DataInspector.inspect(
        PreferenceRows.read(write(rows)), tokenizer.chat(), options, row -> true);
  }

  private String chosenText(String rows) throws IOException {
    DataInspector.Inspection inspection = inspect(rows, TokenizeOptions.ofMaxLength(null));
    return ((InspectedRow) inspection.rows().get(0)).chosenText();
  }

  private static String pair(String prompt, String more) {
    return ("{\"prompt\": [{\"role\": \"user\", \"content\": %s}], \"chosen\": [{\"role\": \"assistant\","
            + " \"content\": \"good\"}], \"rejected\": [{\"role\": \"assistant\", \"content\": \"bad\"}]%s}%n")
        .formatted(prompt, more);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"type\": \"text\", \"text\": \"the sky\"}]",
        "[{\"type\": \"text\", \"text\": \"the \"}, {\"type\": \"text\", \"text\": \"sky\"}]",
        "[{\"type\": \"input_text\", \"text\": \"the sky\", \"image_url\": null}]",
        "[\"the \", \"sky\"]",
        "[{\"text\": \"the sky\"}]",
      })
  void partsOfTextAreOneText(String content) throws IOException {
    assertThat(chosenText(pair(content, ""))).isEqualTo(chosenText(pair("\"the sky\"", "")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[{\"type\": \"image\"}, {\"type\": \"text\", \"text\": \"x\"}] | the type \"image\"",
        "[{\"type\": \"text\", \"text\": \"x\"}, {\"type\": \"image_url\", \"image_url\": {}}] | \"image_url\"",
        "[{\"type\": \"input_audio\"}] | \"input_audio\"",
        "[{\"type\": \"text\"}] | without a text",
        "[7] | a number",
      })
  void otherPartsAreRefusedByTheirType(String content, String message) {
    assertThatThrownBy(() -> chosenText(pair(content, "")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("line 1")
        .hasMessageContaining("prompt[0].content[")
        .hasMessageContaining(message)
        .hasMessageContaining("drop_media_rows");
  }

  @ParameterizedTest
  @ValueSource(strings = {"image", "images", "videos", "audio"})
  void columnsOfMediaAreRefusedUnlessTheyAreEmpty(String column) throws IOException {
    for (String nothing : List.of("null", "[]", "\"\"", "[null]", "{\"bytes\": null}")) {
      String more = ", \"%s\": %s".formatted(column, nothing);
      assertThat(chosenText(pair("\"the sky\"", more))).contains("the sky");
    }
    assertThatThrownBy(() -> chosenText(pair("\"sky\"", ", \"" + column + "\": [\"a.png\"]")))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the column \"" + column + "\" is not empty");
  }

  @Test
  void rowsWithMediaAreLeftOutAndCountedWhereThatIsAskedFor() throws IOException {
    String rows =
        pair("\"the sky\"", "")
            + pair("[{\"type\": \"image\"}]", "")
            + pair("\"sea\"", ", \"images\": [\"a.png\"]");
    SourceOptions options =
        new SourceOptions(
            RowFormat.AUTO,
            List.of(),
            "data",
            MixStrategy.CONCAT,
            List.of(),
            null,
            true,
            null,
            Map.of(),
            null);
    DataSource source = DataSource.of(write(rows).toString(), "train", options, 0);
    DataReport report =
        PreferenceRows.read(source, RankedOptions.DEFAULT)
            .tokenize(tokenizer.chat(), TokenizeOptions.ofMaxLength(null))
            .report();
    assertThat(report.kept()).isEqualTo(1);
    assertThat(report.rows(RowEvent.MEDIA)).containsExactly(1, 2);
    DataReport labelled =
        TrainingRows.read(source)
            .tokenizeLabelled(tokenizer.chat(), LengthLimits.ofMaxLength(null))
            .report();
    assertThat(labelled.rows(RowEvent.MEDIA)).containsExactly(1, 2);
  }

  private static String texts(String more) {
    return "{\"chosen\": \"good\", \"rejected\": \"bad\"" + more + "}\n";
  }

  @Test
  void aQuestionAndASystemMessageAreThePrompt() throws IOException {
    String system = "<|im_start|>system\nbe kind<|im_end|>\n";
    String asked = "<|im_start|>user\nwhy?<|im_end|>\n";
    for (String name : List.of("question", "input", "instruction")) {
      String row = texts(", \"%s\": \"why?\", \"system\": \"be kind\"".formatted(name));
      assertThat(chosenText(row)).startsWith(system + asked).contains("good");
      assertThat(chosenText(texts(", \"%s\": \"why?\", \"system\": \"\"".formatted(name))))
          .startsWith(asked);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "question | \"prompt\": \"prompt\", \"query\": \"question\"",
        "instruction | \"query\": \"instruction\"",
        "input | \"query\": \"input\"",
        "system | \"prompt\": \"prompt\", \"system\": \"system\"",
      })
  void aColumnThatLooksLikeThePromptIsRefusedWithTheMappingToWrite(String column, String mapping) {
    String row = texts(", \"prompt\": \"the sky\", \"%s\": \"the sea\"".formatted(column));
    assertThatThrownBy(() -> chosenText(row))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the column \"" + column + "\" looks like a part of the prompt")
        .hasMessageContaining("dataset_info.json")
        .hasMessageContaining("rows.jsonl")
        .hasMessageContaining(mapping);
  }

  @Test
  void theMappingThatIsAdvisedReadsTheColumn() throws IOException {
    write(texts(", \"prompt\": \"the sky\", \"question\": \"the sea\""));
    Files.writeString(
        folder.resolve("dataset_info.json"),
        """
        {"my_data": {"file_name": "rows.jsonl", "ranking": true, "columns": {"prompt": "prompt", "query": "question", "chosen": "chosen", "rejected": "rejected"}}}
        """);
    SourceOptions options =
        new SourceOptions(
            RowFormat.AUTO,
            List.of("my_data"),
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
    assertThat(((ChatPair) pairs.get(0)).prompt())
        .containsExactly(Message.user("the sky\nthe sea"));
  }

  @Test
  void aColumnWhoseTextStandsInTheMessagesIsNoLoss() throws IOException {
    assertThat(chosenText(pair("\"what is the sky?\"", ", \"question\": \"what is the sky?\"")))
        .contains("what is the sky?");
    assertThat(chosenText(texts(", \"prompt\": \"Q: why? A:\", \"instruction\": \"why?\"")))
        .startsWith("Q: why? A:");
  }

  @Test
  void rowsOfSftAndKtoAreLookedAtToo() throws IOException {
    write("{\"prompt\": \"a\", \"completion\": \"b\", \"label\": true, \"system\": \"be kind\"}\n");
    TrainingRows data = TrainingRows.read(folder.resolve("rows.jsonl"), "train");
    assertThatThrownBy(() -> data.forEachSupervised(row -> {}))
        .hasMessageContaining("the column \"system\"");
    assertThatThrownBy(() -> data.forEachLabelled(row -> {}))
        .hasMessageContaining("the column \"system\"");
    write("{\"text\": \"Do: sum Answer: 3\", \"instruction\": \"sum\", \"output\": \"3\"}\n");
    List<TrainingText> read = new ArrayList<>();
    data.forEachSupervised(read::add);
    assertThat(read).hasSize(1);
  }

  @Test
  void aSystemColumnBesideMessagesComesFirst() throws IOException {
    write(
        "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}, {\"role\": \"assistant\","
            + " \"content\": \"ho\"}], \"system\": \"be kind\"}\n");
    List<TrainingText> read = new ArrayList<>();
    TrainingRows.read(folder.resolve("rows.jsonl"), "train").forEachSupervised(read::add);
    assertThat(((TrainingText.Conversation) read.get(0)).messages())
        .containsExactly(Message.system("be kind"), Message.user("hi"), Message.assistant("ho"));
  }

  @Test
  void promptsToBeAnsweredAreLookedAtToo() throws IOException {
    Path file = write("{\"prompt\": \"a\", \"system\": \"be kind\"}\n");
    assertThatThrownBy(() -> PromptData.read(file)).hasMessageContaining("the column \"system\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "\"[]\"", "\"\"", "\" \"", "null"})
  void anEmptyListOfToolsIsNoTools(String tools) throws IOException {
    List<PreferencePair> pairs = new ArrayList<>();
    PreferenceRows.read(write(pair("\"x\"", ", \"tools\": " + tools))).forEach(pairs::add);
    assertThat(((ChatPair) pairs.get(0)).context().tools()).isNull();
  }

  private static final String TURNS =
      """
      {"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}, {"role": "assistant", "content": "d"}], "rejected": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}, {"role": "user", "content": "y"}, {"role": "assistant", "content": "z"}]}
      {"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}], "rejected": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}]}
      {"chosen": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "thanks"}], "rejected": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "x"}, {"role": "user", "content": "thanks"}]}
      """;

  @Test
  void turnsOfTheUserInsideAnswersAreTold() throws IOException {
    DataReport report = inspect(TURNS, TokenizeOptions.ofMaxLength(null)).report();
    assertThat(report.rows(RowEvent.HISTORIES_DIFFER)).containsExactly(0, 2);
    assertThat(report.rows(RowEvent.ANSWER_ENDS_WITH_USER)).containsExactly(2);
    assertThat(report.kept()).isEqualTo(3);
    assertThat(report.toTable()).contains("turns of the user inside the answers");
  }

  @Test
  void suchPairsAreLeftOutWhereThatIsAskedFor() throws IOException {
    DataReport report =
        inspect(TURNS, new TokenizeOptions(LengthLimits.ofMaxLength(null), false, true)).report();
    assertThat(report.kept()).isEqualTo(1);
    assertThat(report.rows(RowEvent.HISTORIES_DIFFER_DROPPED)).containsExactly(0, 2);
    assertThat(report.rows(RowEvent.HISTORIES_DIFFER)).isEmpty();
  }
}
