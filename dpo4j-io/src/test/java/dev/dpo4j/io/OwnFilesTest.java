/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnFilesTest {
  @TempDir private Path folder;

  @Test
  void aFileIsReplacedAsLongAsItIsAsItWasWritten() throws IOException {
    Path file = folder.resolve("out.jsonl");
    OwnFiles own = OwnFiles.beside(file);
    own.require(file);
    own.write(file, "one\n");
    OwnFiles.beside(file).require(file);
    OwnFiles.beside(file).write(file, "two\n");
    assertThat(file).hasContent("two\n");
    Files.writeString(file, "three\n");
    assertThatThrownBy(() -> own.require(file))
        .isInstanceOf(ForeignFileException.class)
        .hasMessageContaining("out.jsonl exists, and this command did not write it as it is now");
    assertThat(file).hasContent("three\n");
  }

  @Test
  void severalFilesStandInOneListAndTheRestOfItStays() throws IOException {
    Path list = folder.resolve("log.sha256");
    String other = "0".repeat(64) + "  of-somebody-else";
    Files.writeString(list, other + "\n");
    OwnFiles own = new OwnFiles(list);
    own.write(folder.resolve("a"), "a");
    own.write(folder.resolve("b"), "b");
    own.write(folder.resolve("a"), "c");
    assertThat(Files.readAllLines(list))
        .containsExactly(other, Checksums.of("b") + "  b", Checksums.of("c") + "  a");
    assertThat(own.mayReplace(folder.resolve("a"))).isTrue();
    assertThat(own.mayReplace(folder.resolve("b"))).isTrue();
  }

  @Test
  void whatIsNoListIsNotWrittenInto() throws IOException {
    Path list = folder.resolve("log.sha256");
    for (String text : new String[] {"my notes\n", "\u0000\u0001", ""}) {
      Files.writeString(list, text);
      assertThatThrownBy(() -> new OwnFiles(list).write(folder.resolve("a"), "a"))
          .isInstanceOf(ForeignFileException.class)
          .hasMessageContaining("log.sha256 holds no list of checksums");
      assertThat(Files.readString(list)).isEqualTo(text);
      assertThat(folder.resolve("a")).doesNotExist();
    }
  }

  @Test
  void aFolderOrADeviceIsNoFileOfOurs() throws IOException {
    assertThat(OwnFiles.beside(folder).mayReplace(folder)).isFalse();
    Path device = Path.of("/dev/null");
    if (Files.exists(device)) {
      assertThat(new OwnFiles(folder.resolve("list")).mayReplace(device)).isFalse();
    }
  }
}
