/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonlLogTest {
  @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void nameAFile() {
    file = folder.resolve("deep/er/log.jsonl");
  }

  @Test
  void linesAreThereAgainWhenTheFileIsOpened() {
    try (JsonlLog log = JsonlLog.open(file)) {
      assertThat(log.found()).isEmpty();
      log.append(Map.of("text", "a\n灯笼"));
    }
    try (JsonlLog log = JsonlLog.open(file)) {
      log.append(Map.of("number", 7));
    }
    try (JsonlLog log = JsonlLog.open(file)) {
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
    try (JsonlLog log = JsonlLog.open(file)) {
      assertThat(log.cut()).isEqualTo(12);
      assertThat(log.found()).hasSize(1);
      log.append(Map.of("a", 3));
    }
    assertThat(Files.readString(file)).isEqualTo("{\"a\": 1}\n{\"a\":3}\n");
  }

  @Test
  void aDamagedLineInTheMiddleIsAnErrorAndTheFileStaysAsItIs() throws IOException {
    Files.createDirectories(file.getParent());
    String damaged = "{\"a\": 1}\n{\"a\": \n{\"a\": 2}\n{\"b";
    Files.writeString(file, damaged);
    assertThatThrownBy(() -> JsonlLog.open(file))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("log.jsonl, line 2")
        .hasMessageContaining("move it away");
    assertThat(Files.readString(file)).isEqualTo(damaged);
  }
}
