/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.studio.label;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.config.value.ConfigException;
import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.InUseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DecisionLogTest {
  private static final Instant NOON = Instant.parse("2030-01-31T12:00:00Z");

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("decisions.jsonl");
  }

  private static Decision decision(int row, Choice choice) {
    return new Decision(
        NOON,
        "ann",
        false,
        row,
        "0123456789abcdef",
        1,
        choice,
        "because \"it\" is\nbetter 更好",
        List.of("style"),
        1.5,
        List.of(Map.of("role", "user", "content", "你好\u2028")),
        List.of("a", "b"),
        Map.of("tools", List.of(Map.of("type", "function"))));
  }

  private void write(LogEntry... entries) throws IOException {
    try (DecisionLog log = DecisionLog.open(file)) {
      for (LogEntry entry : entries) {
        log.append(entry);
      }
    }
  }

  @Test
  void whatWasWrittenIsReadBack() throws IOException {
    LogEntry.Start start = new LogEntry.Start(NOON, "rows.jsonl", 3, 1, 42, 2);
    Decision decision = decision(2, Choice.LEFT);
    write(start, decision, new LogEntry.Undo(NOON, decision.key()));
    assertThat(DecisionFile.read(file, true).entries())
        .containsExactly(start, decision, new LogEntry.Undo(NOON, decision.key()));
    assertThat(Files.readAllLines(file)).hasSize(3);
    assertThat(Files.readString(file)).contains("\"choice\":\"left\",\"winner\":1,");
  }

  @Test
  void undoTakesBackAndALaterDecisionWins() throws IOException {
    Decision first = decision(0, Choice.LEFT);
    Decision second = decision(1, Choice.LEFT);
    Decision changed = decision(0, Choice.TIE);
    write(first, second, new LogEntry.Undo(NOON, second.key()), changed);
    DecisionFile read = DecisionFile.read(file, true);
    assertThat(read.decisions()).containsExactly(changed);
    assertThat(read.undone()).isEqualTo(1);
  }

  @Test
  void aLineThatBreaksOffAnywhereIsCutAndNothingElseIsLost() throws IOException {
    write(decision(0, Choice.LEFT), decision(1, Choice.TIE));
    byte[] whole = Files.readAllBytes(file);
    int second = new String(whole, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf('\n') + 1;
    for (int end = second + 1; end < whole.length - 1; end++) {
      Files.write(file, Arrays.copyOf(whole, end));
      DecisionFile read = DecisionFile.read(file, true);
      assertThat(read.decisions()).as("cut at %d", end).hasSize(1);
      assertThat(read.torn()).as("cut at %d", end).get().asString().contains("breaks off");
    }
    try (DecisionLog log = DecisionLog.open(file)) {
      assertThat(log.decisions()).hasSize(1);
      log.append(decision(1, Choice.RIGHT));
    }
    assertThat(DecisionFile.read(file, true).decisions())
        .containsExactly(decision(0, Choice.LEFT), decision(1, Choice.RIGHT));
  }

  @Test
  void zerosAtTheEndThatAPowerCutLeftAreCut() throws IOException {
    write(decision(0, Choice.LEFT));
    Files.write(file, new byte[100], StandardOpenOption.APPEND);
    write(decision(1, Choice.TIE));
    assertThat(DecisionFile.read(file, true).decisions()).hasSize(2);
  }

  @Test
  void anEditorMayLeaveTheLastLineWithoutAnEnd() throws IOException {
    write(decision(0, Choice.LEFT));
    Files.writeString(file, Files.readString(file).stripTrailing());
    assertThat(DecisionFile.read(file, true).decisions()).hasSize(1);
    write(decision(1, Choice.TIE));
    assertThat(DecisionFile.read(file, true).decisions()).hasSize(2);
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  @Test
  void aFaultInTheMiddleIsAnErrorWithItsLine() throws IOException {
    write(decision(0, Choice.LEFT), decision(1, Choice.TIE), decision(2, Choice.TIE));
    List<String> lines = Files.readAllLines(file);
    Files.writeString(file, lines.get(0) + "\n" + lines.get(1).substring(9) + "\n" + lines.get(2));
    assertThatThrownBy(() -> DecisionFile.read(file, true))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("decisions.jsonl, line 2: is not JSON");
    assertThatThrownBy(() -> DecisionLog.open(file)).isInstanceOf(DataException.class);
  }

  @Test
  void aWinnerThatWasTurnedByHandIsNoticed() throws IOException {
    write(decision(0, Choice.LEFT));
    Files.writeString(file, Files.readString(file).replace("\"winner\":1", "\"winner\":0"));
    assertThatThrownBy(() -> DecisionFile.read(file, true))
        .hasMessageContaining("line 1: says winner: 0, but choice \"left\"");
  }

  @Test
  void anotherFileIsNotTakenForOne() throws IOException {
    Files.writeString(file, "{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}\n");
    assertThatThrownBy(() -> DecisionLog.open(file))
        .isInstanceOf(ForeignFileException.class)
        .hasMessageContaining("line 1: has no text under \"type\"");
    assertThat(Files.readString(file)).startsWith("{\"prompt\"");
    assertThatThrownBy(() -> DecisionFile.read(folder.resolve("none"), true))
        .hasMessageContaining("does not exist");
  }

  @Test
  void aFileInAFolderThatIsNotThereIsAnErrorOfTheConfiguration() {
    assertThatThrownBy(() -> DecisionLog.open(folder.resolve("none/decisions.jsonl")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("cannot be opened (NoSuchFileException)");
  }

  @Test
  void twoServersCannotWriteToOneFile() throws IOException {
    try (DecisionLog log = DecisionLog.open(file)) {
      assertThatThrownBy(() -> DecisionLog.open(file))
          .isInstanceOf(InUseException.class)
          .hasMessageContaining("decisions.jsonl is in use: ");
      log.append(decision(0, Choice.LEFT));
    }
    write(decision(1, Choice.LEFT));
  }

  @Test
  void aForeignFileWithoutALineEndStaysAsItIs() throws IOException {
    for (String text :
        List.of(
            "{\"my\": \"notes\"}", "{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}")) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> DecisionLog.open(file))
          .isInstanceOf(ForeignFileException.class)
          .hasMessageContaining("was not changed");
      assertThat(Files.readString(file)).isEqualTo(text);
    }
  }

  @Test
  void whatAnotherProgramAddedBehindOurLinesStaysToo() throws IOException {
    write(decision(0, Choice.LEFT));
    Files.writeString(file, "my notes", StandardOpenOption.APPEND);
    String before = Files.readString(file);
    assertThatThrownBy(() -> DecisionLog.open(file)).isInstanceOf(ForeignFileException.class);
    assertThat(Files.readString(file)).isEqualTo(before);
  }

  @Test
  void aFileThatWasRemovedIsNoticedAtTheNextDecision() throws IOException {
    try (DecisionLog log = DecisionLog.open(file)) {
      log.append(decision(0, Choice.LEFT));
      Files.delete(file);
      assertThatThrownBy(() -> log.append(decision(1, Choice.LEFT)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("decisions.jsonl was removed while it was written");
    }
  }

  @Test
  void aFileThatWasReplacedIsNoticedAtTheNextDecision() throws IOException {
    try (DecisionLog log = DecisionLog.open(file)) {
      log.append(decision(0, Choice.LEFT));
      Path copy = Files.copy(file, folder.resolve("copy"));
      Files.delete(file);
      Files.writeString(file, Files.readString(copy) + "{}\n");
      assertThatThrownBy(() -> log.append(decision(1, Choice.LEFT)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("was changed or replaced");
    }
  }
}
