/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.TrainingRows;
import dev.dpo4j.data.form.RankedOptions;
import dev.dpo4j.data.form.RowFormat;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.Message;
import dev.dpo4j.data.row.PreferencePair;
import dev.dpo4j.data.row.TrainingText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetInfoTest {
  private final Path folder;

  DatasetInfoTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static SourceOptions options(Path folder, Integer maxSamples, String... names) {
    return new SourceOptions(
        RowFormat.AUTO,
        List.of(names),
        folder.toString(),
        MixStrategy.CONCAT,
        List.of(),
        maxSamples,
        false,
        null,
        Map.of(),
        null);
  }

  private DataSource source(String... names) {
    return DataSource.of(null, "train", options(folder, null, names), 42);
  }

  private List<PreferencePair> pairs(String... names) {
    List<PreferencePair> pairs = new ArrayList<>();
    PreferenceRows.read(source(names), RankedOptions.DEFAULT).forEach(pairs::add);
    return pairs;
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text.replace('\'', '"'));
  }

  @Test
  void columnsAndTagsOfAnEntryAreHonoured() throws IOException {
    write(
        "dataset_info.json",
        """
        {"orca": {"file_name": "orca.jsonl", "ranking": true, "columns":
            {"prompt": "question", "system": "sys", "chosen": "good", "rejected": "bad"}},
         "talk": {"file_name": "talk.json", "formatting": "sharegpt", "ranking": true, "columns":
            {"messages": "dialog", "chosen": "yes", "rejected": "no"}, "tags":
            {"role_tag": "who", "content_tag": "says", "user_tag": "U", "assistant_tag": "A"}},
         "hub": {"hf_hub_url": "some/where"}}
        """);
    write(
        "orca.jsonl",
        "{'question': 'q', 'sys': 's', 'good': 'g', 'bad': 'b', 'chosen': 'not read'}");
    write(
        "talk.json",
        "[{'dialog': [{'who': 'U', 'says': 'hi'}], 'yes': {'who': 'A', 'says': 'y'}, 'no': {'who': 'A', 'says': 'n'}}]");
    List<PreferencePair> pairs = pairs("orca", "talk");
    ChatPair orca = (ChatPair) pairs.get(0);
    assertThat(orca.prompt()).containsExactly(Message.system("s"), Message.user("q"));
    assertThat(orca.chosen()).containsExactly(Message.assistant("g"));
    assertThat(orca.info().ignored()).containsExactly("chosen");
    ChatPair talk = (ChatPair) pairs.get(1);
    assertThat(talk.prompt()).containsExactly(Message.user("hi"));
    assertThat(talk.rejected()).containsExactly(Message.assistant("n"));
    assertThat(talk.info().row()).isEqualTo(1);
    assertThat(source("orca", "talk").inputs().keySet())
        .containsExactlyInAnyOrder("dataset_info", "orca", "talk");
    assertThat(source("orca", "talk").name()).isEqualTo("orca + talk");
  }

  @Test
  void anEntryWithoutColumnsHasThoseOfItsFormatting() throws IOException {
    write("dataset_info.yaml", "demo:\n  file_name: demo.jsonl\n  split: train[1:]\n");
    write(
        "demo.jsonl",
        "{'instruction': 'a', 'output': 'b'}\n{'instruction': 'c', 'input': 'd', 'output': 'e', 'system': 'unread'}\n{'instruction': 'f', 'output': 'g'}");
    List<TrainingText> rows = new ArrayList<>();
    TrainingRows.read(source("demo")).forEachSupervised(rows::add);
    TrainingText.ChatCompletion first = (TrainingText.ChatCompletion) rows.get(0);
    assertThat(first.prompt()).containsExactly(Message.user("c\nd"));
    assertThat(first.info().ignored()).containsExactly("system");
    assertThat(first.info().origin().line()).isEqualTo(2);
    assertThat(rows).hasSize(2);
    rows.clear();
    TrainingRows.read(DataSource.of(null, "train", options(folder, 1, "demo"), 42))
        .forEachSupervised(rows::add);
    assertThat(rows).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "{'hf_hub_url': 'a/b'};x.hf_hub_url: cannot be honoured: the library downloads no data",
        "{'script_url': 'a.py'};x.script_url: cannot be honoured: no code",
        "{'file_name': 'f', 'num_samples': -5};x.num_samples: must be a whole number",
        "{'file_name': 'f', 'subset': 's'};x.subset: has no effect without hf_hub_url",
        "{'file_name': 'dataset_info.json', 'file_sha1': 'abc'};x.file_sha1: is abc, but",
        "{'file_name': 'f', 'colums': {}};x.colums: is not known",
        "{'formatting': 'sharegpt'};x.file_name: is missing",
        "{'file_name': 'f', 'formatting': 'vicuna'};x.formatting: must be one of",
        "{'file_name': 'f', 'columns': {'prompt': 'p', 'response': 'r', 'images': 'i'}};x.columns.images: cannot be honoured",
        "{'file_name': 'f', 'columns': {'prompt': 'p', 'messages': 'm', 'response': 'r'}};x.columns.messages: has no effect with this formatting",
        "{'file_name': 'f', 'columns': {'prompt': 'text'}};x.columns.response: is missing",
        "{'file_name': 'f', 'columns': {'response': 'r'}};x.columns.prompt: is missing",
        "{'file_name': 'f', 'tags': {'user_tag': 'u'}};x.tags: have no effect with formatting alpaca",
        "{'file_name': 'f', 'formatting': 'sharegpt', 'tags': {'user': 'u'}};x.tags.user: is not known",
        "{'file_name': 'f', 'ranking': true};x.ranking: is true, but columns does not name both",
        "{'file_name': 'f', 'columns': {'prompt': 'p', 'chosen': 'c', 'rejected': 'r'}};x.ranking: is not true, but columns names chosen",
        "{'file_name': 5};x.file_name: must be text but is a number",
        "[];x: is not described there",
      })
  void whatCannotBeHonouredIsAnErrorByName(String entry, String message) throws IOException {
    write("dataset_info.json", "{'x': " + entry + "}");
    assertThatThrownBy(() -> source("x"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void allFaultsOfAllEntriesAreReportedTogether() throws IOException {
    write(
        "dataset_info.json", "{'x': {'script_url': 's'}, 'y': {'file_name': 'f', 'subset': 's'}}");
    assertThatThrownBy(() -> source("x", "y", "z"))
        .hasMessageContaining("x.script_url")
        .hasMessageContaining("y.subset")
        .hasMessageContaining("z: is not described there; found [x, y]");
  }

  @Test
  void aFolderWithoutDescriptionIsAnError() {
    assertThatThrownBy(() -> source("x")).hasMessageContaining("has no dataset_info.json");
  }

  @Test
  void aNamedColumnThatNoRowHasIsAnError() throws IOException {
    write(
        "dataset_info.json",
        "{'x': {'file_name': 'f.jsonl', 'columns': {'prompt': 'p', 'response': 'r', 'system': 'sytem'}}}");
    write("f.jsonl", "{'p': 'a', 'r': 'b', 'system': 's'}");
    assertThatThrownBy(() -> TrainingRows.read(source("x")).forEachSupervised(row -> {}))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("the columns [sytem]");
    write("f.jsonl", "{'q': 'a', 'r': 'b', 'sytem': 's'}");
    assertThatThrownBy(() -> TrainingRows.read(source("x")).forEachSupervised(row -> {}))
        .hasMessageContaining("f.jsonl, line 1: the column \"p\" (what the user says) is missing");
  }

  @Test
  void samplesAreDrawnAndEmptyNamesMeanNoColumn() throws IOException {
    write(
        "dataset_info.json",
        "{'x': {'file_name': 'f.jsonl', 'num_samples': 2, 'columns': {'prompt': 'p', 'query': '',"
            + " 'response': 'r'}}}");
    write("f.jsonl", "{'p': 'a', 'r': 'A'}\n{'p': 'b', 'r': 'B'}\n{'p': 'c', 'r': 'C'}\n");
    List<TrainingText> rows = new ArrayList<>();
    TrainingRows.read(source("x")).forEachSupervised(rows::add);
    assertThat(rows).hasSize(2);
  }

  @Test
  void aDatasetOfTheHubIsReadWhereItStands() throws IOException {
    write("dataset_info.json", "{'x': {'hf_hub_url': 'org/set', 'split': 'train[:1]'}}");
    write(
        "hub.jsonl", "{'instruction': 'a', 'output': 'A'}\n{'instruction': 'b', 'output': 'B'}\n");
    List<RemoteDatasets.Remote> remotes = RemoteDatasets.of(folder, List.of("x"));
    assertThat(remotes).hasSize(1);
    RemoteDatasets.standsAt(remotes.get(0), folder.resolve("hub.jsonl"), true);
    List<TrainingText> rows = new ArrayList<>();
    TrainingRows.read(source("x")).forEachSupervised(rows::add);
    assertThat(rows).hasSize(1);
  }
}
