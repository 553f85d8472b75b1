/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmallFileTest {
  @TempDir private Path folder;

  @Test
  void aFileOfTheRightSizeIsReadAndALargerOneIsNamed() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "12345");
    assertThat(SmallFile.readString(file, 5)).isEqualTo("12345");
    assertThatThrownBy(() -> SmallFile.read(file, 4))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("a.txt has more than 4 bytes");
  }

  @Test
  void textThatIsNoUtf8IsAFault() throws IOException {
    Path file = Files.write(folder.resolve("a.txt"), new byte[] {(byte) 0xff});
    assertThatThrownBy(() -> SmallFile.readString(file))
        .isInstanceOf(CharacterCodingException.class);
  }

  @Test
  void aDeviceWithoutEndIsNotReadForEver() {
    Path zero = Path.of("/dev/zero");
    assumeTrue(Files.exists(zero), "there is no /dev/zero here");
    assertThatThrownBy(() -> SmallFile.read(zero, 1 << 20))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("/dev/zero has more than");
  }
}
