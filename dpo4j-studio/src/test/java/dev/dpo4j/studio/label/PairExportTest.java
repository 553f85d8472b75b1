/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.row.ChatPair;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.data.row.PreferencePair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairExportTest {
  @TempDir private Path folder;
  private Path decisions;
  private Path pairs;

  @BeforeEach
  void name() {
    decisions = folder.resolve("decisions.jsonl");
    pairs = folder.resolve("pairs.jsonl");
  }

  private static Decision vote(String annotator, int row, Choice choice, boolean gold) {
    return new Decision(
        Samples.NOON.instant(),
        annotator,
        gold,
        row,
        "digest" + row,
        annotator.length() % 2,
        choice,
        "",
        List.of(),
        1,
        "prompt " + row,
        List.of(" first " + row, " second " + row),
        Map.of());
  }

  /** Which choice means the first answer: annotators with a name of even length see it left. */
  private static Choice first(String annotator) {
    return annotator.length() % 2 == 0 ? Choice.LEFT : Choice.RIGHT;
  }

  private static Choice second(String annotator) {
    return annotator.length() % 2 == 0 ? Choice.RIGHT : Choice.LEFT;
  }

  private void write(LogEntry... entries) throws IOException {
    try (DecisionLog log = DecisionLog.open(decisions)) {
      for (LogEntry entry : entries) {
        log.append(entry);
      }
    }
  }

  private PairExport export(double minAgreement) throws IOException {
    PairExport export = PairExport.read(decisions, minAgreement);
    Files.deleteIfExists(pairs);
    export.write(pairs);
    return export;
  }

  @Test
  void theAnswerWithMostVotesIsChosenAndTheRestIsCounted() throws IOException {
    write(
        vote("ann", 0, first("ann"), false),
        vote("bo", 0, first("bo"), false),
        vote("cem", 0, second("cem"), false),
        vote("ann", 1, second("ann"), false),
        vote("ann", 2, Choice.TIE, false),
        vote("ann", 3, Choice.BOTH_BAD, false),
        vote("ann", 4, Choice.SKIP, false),
        vote("ann", 5, first("ann"), false),
        vote("bo", 5, second("bo"), false),
        vote("ann", 6, first("ann"), false),
        vote("bo", 6, Choice.TIE, false),
        vote("ann", 0, first("ann"), true));
    PairExport export = export(0.5);
    assertThat(Files.readAllLines(pairs))
        .containsExactly(
            "{\"prompt\":\"prompt 0\",\"chosen\":\" first 0\",\"rejected\":\" second 0\"}",
            "{\"prompt\":\"prompt 1\",\"chosen\":\" second 1\",\"rejected\":\" first 1\"}");
    assertThat(export.toJson())
        .isEqualTo(
            "{\"rows\":7,\"pairs\":2,\"tie\":1,\"both_bad\":1,\"disagreement\":2,"
                + "\"below_min_agreement\":0,\"skipped\":1,\"gold_decisions\":1}");
  }

  @Test
  void aMajorityThatIsTooSmallIsLeftOut() throws IOException {
    write(
        vote("ann", 0, first("ann"), false),
        vote("bo", 0, first("bo"), false),
        vote("cem", 0, second("cem"), false),
        vote("ann", 1, first("ann"), false),
        vote("bo", 1, first("bo"), false));
    assertThat(export(0.66).toJson()).contains("\"pairs\":2");
    assertThat(export(0.67).toJson()).contains("\"pairs\":1", "\"below_min_agreement\":1");
  }

  @Test
  void aDecisionThatWasTakenBackIsNoVote() throws IOException {
    Decision wrong = vote("ann", 0, second("ann"), false);
    write(
        wrong,
        new LogEntry.Undo(Samples.NOON.instant(), wrong.key()),
        vote("ann", 0, first("ann"), false));
    export(0.5);
    assertThat(Files.readString(pairs)).contains("\"chosen\":\" first 0\"");
  }

  @Test
  void conversationsKeepTheirMessagesToolsAndVariables() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("rows.jsonl"),
            """
            {"prompt": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "天气？"}], "chosen": [{"role": "assistant", "content": "晴", "reasoning_content": "看"}], "rejected": [{"role": "assistant", "content": "雨"}], "tools": [{"type": "function", "function": {"name": "weather", "parameters": {}}}], "chat_template_kwargs": {"enable_thinking": false}}
            """);
    List<PreferencePair> before = new ArrayList<>();
    PreferenceRows.read(source).forEach(before::add);
    LabelRow row = LabelRow.read(source).get(0);
    write(
        new Decision(
            Samples.NOON.instant(),
            "ann",
            false,
            row.index(),
            row.digest(),
            0,
            Choice.LEFT,
            "",
            List.of(),
            1,
            row.prompt(),
            row.answers(),
            row.context()));
    export(0.5);
    List<PreferencePair> after = new ArrayList<>();
    PreferenceRows.read(pairs).forEach(after::add);
    ChatPair expected = (ChatPair) before.get(0);
    ChatPair found = (ChatPair) after.get(0);
    assertThat(found.prompt()).isEqualTo(expected.prompt());
    assertThat(found.chosen()).isEqualTo(expected.chosen());
    assertThat(found.rejected()).isEqualTo(expected.rejected());
    assertThat(found.context()).isEqualTo(expected.context());
  }

  @Test
  void anEarlierExportIsReplacedUnlessSomebodyChangedIt() throws IOException {
    write(vote("ann", 0, first("ann"), false));
    PairExport.read(decisions, 0.5).write(pairs);
    write(vote("ann", 1, first("ann"), false));
    PairExport.read(decisions, 0.5).write(pairs);
    assertThat(Files.readAllLines(pairs)).hasSize(2);
    String mine = Files.readString(pairs) + "{\"mine\": 1}\n";
    Files.writeString(pairs, mine);
    assertThatThrownBy(() -> PairExport.read(decisions, 0.5).write(pairs))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("is no export of these decisions as it is now");
    assertThat(Files.readString(pairs)).isEqualTo(mine);
  }

  @Test
  void nothingIsOverwrittenAndAnEmptyFileIsNotWritten() throws IOException {
    write(vote("ann", 0, Choice.TIE, false));
    assertThatThrownBy(() -> export(0.5))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("no row gave a pair");
    assertThat(pairs).doesNotExist();
    write(vote("ann", 1, Choice.LEFT, false));
    for (Path other : List.of(Files.writeString(pairs, "mine"), decisions)) {
      String before = Files.readString(other);
      assertThatThrownBy(() -> PairExport.read(decisions, 0.5).write(other))
          .isInstanceOf(ConfigException.class)
          .hasMessageContaining("exists already");
      assertThat(Files.readString(other)).isEqualTo(before);
    }
  }
}
