/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.data.row.DataException;
import dev.dpo4j.io.ForeignFileException;
import dev.dpo4j.io.InUseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonlLogTest {
  private static final JsonlLog.Kind KIND =
      new JsonlLog.Kind("line", "{\"", line -> !line.containsKey("foreign"));

  @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void nameAFile() {
    file = folder.resolve("deep/er/log.jsonl");
  }

  @Test
  void linesAreThereAgainWhenTheFileIsOpened() {
    try (JsonlLog log = JsonlLog.open(file, KIND)) {
      assertThat(log.found()).isEmpty();
      log.append(Map.of("text", "a\n灯笼"));
    }
    try (JsonlLog log = JsonlLog.open(file, KIND)) {
      log.append(Map.of("number", 7));
    }
    try (JsonlLog log = JsonlLog.open(file, KIND)) {
      assertThat(log.cut()).isZero();
      assertThat(log.found()).hasSize(2);
      assertThat(log.found().get(0)).containsEntry("text", "a\n灯笼");
      assertThat(log.found().get(1)).containsEntry("number", 7L);
    }
  }

  @Test
  void aTornLastLineIsCutOffAndItsPlaceIsUsedAgain() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"a\": 1}\n{\"a\": 2, \"te");
    try (JsonlLog log = JsonlLog.open(file, KIND)) {
      assertThat(log.cut()).isEqualTo(12);
      assertThat(log.found()).hasSize(1);
      log.append(Map.of("a", 3));
    }
    assertThat(Files.readString(file)).isEqualTo("{\"a\": 1}\n{\"a\":3}\n");
  }

  @Test
  void anEditorMayLeaveTheLastLineWithoutAnEnd() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{\"a\":1}\n{\"a\":2}");
    try (JsonlLog log = JsonlLog.open(file, KIND)) {
      assertThat(log.cut()).isZero();
      assertThat(log.found()).hasSize(2);
      log.append(Map.of("a", 3));
    }
    assertThat(Files.readString(file)).isEqualTo("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
  }

  @Test
  void aDamagedLineInTheMiddleIsAnErrorAndTheFileStaysAsItIs() throws IOException {
    Files.createDirectories(file.getParent());
    String damaged = "{\"a\": 1}\n{\"a\": \n{\"a\": 2}\n{\"b";
    Files.writeString(file, damaged);
    assertThatThrownBy(() -> JsonlLog.open(file, KIND))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("log.jsonl, line 2")
        .hasMessageContaining("move it away");
    assertThat(Files.readString(file)).isEqualTo(damaged);
  }

  @Test
  void aFileWithoutALineOfOursIsRefusedAndStaysAsItIs() throws IOException {
    Files.createDirectories(file.getParent());
    for (String text :
        new String[] {"{\"a\": 1}", "{\"foreign\": 1}\n{\"a\"", "\u0000\u0001\u0002", "\n\n"}) {
      Files.writeString(file, text);
      assertThatThrownBy(() -> JsonlLog.open(file, KIND))
          .as(text)
          .isInstanceOf(ForeignFileException.class)
          .hasMessageContaining("log.jsonl")
          .hasMessageContaining("not changed");
      assertThat(Files.readString(file)).isEqualTo(text);
    }
  }

  @Test
  void theFirstLineAndTheFileComeIntoBeingTogether() throws IOException {
    try (JsonlLog log = JsonlLog.open(file, KIND)) {
      assertThat(file).doesNotExist();
      log.append(Map.of("a", 1));
      assertThat(Files.readString(file)).isEqualTo("{\"a\":1}\n");
      log.append(Map.of("a", 2));
    }
    assertThat(Files.readString(file)).isEqualTo("{\"a\":1}\n{\"a\":2}\n");
    assertThat(file.getParent()).isDirectoryContaining("glob:**/log.jsonl");
    assertThat(file.getParent().toFile().list()).containsExactly("log.jsonl");
  }

  @Test
  void twoWritersAreNotLetIn() {
    try (JsonlLog log = JsonlLog.open(file, KIND)) {
      log.append(Map.of("a", 1));
      Thread other =
          new Thread(
              () ->
                  assertThatThrownBy(() -> JsonlLog.open(file, KIND))
                      .isInstanceOf(InUseException.class)
                      .hasMessageContaining("log.jsonl is in use"));
      Throwable[] failure = new Throwable[1];
      other.setUncaughtExceptionHandler((thread, e) -> failure[0] = e);
      other.start();
      join(other);
      assertThat(failure[0]).isNull();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
