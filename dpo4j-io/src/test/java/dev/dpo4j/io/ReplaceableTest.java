/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplaceableTest {
  @TempDir private Path folder;

  private void require(Path file, Path... inputs) throws IOException {
    Replaceable.require(file, head -> head.startsWith("ours"), List.of(inputs));
  }

  @Test
  void whatIsMissingEmptyOrOursMayBeReplaced() throws IOException {
    Path file = folder.resolve("out");
    assertThatCode(() -> require(file)).doesNotThrowAnyException();
    Files.createFile(file);
    assertThatCode(() -> require(file)).doesNotThrowAnyException();
    Files.writeString(file, "ours, of last week");
    assertThatCode(() -> require(file)).doesNotThrowAnyException();
  }

  @Test
  void whatIsOfSomebodyElseOrReadMayNot() throws IOException {
    Path file = Files.writeString(folder.resolve("notes"), "mine");
    assertThatThrownBy(() -> require(file))
        .isInstanceOf(ForeignFileException.class)
        .hasMessageContaining("was not written by this command");
    Files.writeString(file, "ours");
    assertThatThrownBy(() -> require(file, folder.resolve("../" + folder.getFileName() + "/notes")))
        .isInstanceOf(ForeignFileException.class)
        .hasMessageContaining("is read by this command");
    assertThatThrownBy(() -> require(folder))
        .isInstanceOf(ForeignFileException.class)
        .hasMessageContaining("is a folder");
  }
}
