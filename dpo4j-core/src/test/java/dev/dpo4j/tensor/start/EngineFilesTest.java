/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.start;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class EngineFilesTest {
  @Test
  void aFolderWithoutRoomIsNamedWithThePropertyThatMovesIt() {
    Path cache = Path.of("cache");
    assertThatThrownBy(() -> EngineFiles.requireRoom(cache, 370_000_000, 20_000_000))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("unpacked into cache and need 370 MB there, but 20 MB are free")
        .hasMessageContaining("-Dorg.bytedeco.javacpp.cachedir=FOLDER");
    assertThatCode(() -> EngineFiles.requireRoom(cache, 5, 5)).doesNotThrowAnyException();
  }

  @Test
  void aLibraryThatDoesNotLoadIsNotSaidToBeAbsent() {
    assertThat(EngineFiles.onClassPath()).isTrue();
    assertThat(EngineFiles.broken(new UnsatisfiedLinkError("file too short")))
        .hasMessageContaining("cannot be loaded: file too short")
        .hasMessageContaining("cachedir");
    assertThatCode(EngineFiles::requireRoom).doesNotThrowAnyException();
  }
}
