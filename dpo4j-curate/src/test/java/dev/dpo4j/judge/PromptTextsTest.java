/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.dpo4j.config.value.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PromptTextsTest {
  @TempDir private Path folder;

  @Test
  void aTextOfTheUserIsTakenAsItStands() throws IOException {
    Path file = Files.writeString(folder.resolve("rubric.md"), "  Be strict.\n");
    assertThat(PromptTexts.ofFile("judge_rubric", file)).isEqualTo("  Be strict.\n");
  }

  @Test
  void aTextThatSaysNothingIsRefusedByItsOption() throws IOException {
    Path file = Files.writeString(folder.resolve("rubric.md"), " \n");
    assertThatThrownBy(() -> PromptTexts.ofFile("judge_rubric", file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("judge_rubric")
        .hasMessageContaining(file + " is empty");
  }

  @Test
  void aTextThatIsNotThereIsRefusedByItsOption() {
    Path file = folder.resolve("none.md");
    assertThatThrownBy(() -> PromptTexts.ofFile("judge_rubric", file))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("judge_rubric")
        .hasMessageContaining("cannot read " + file);
  }
}
