/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {
  private final Path folder;

  AtomicFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void aFileAppearsWholeAndReplacesTheOldOne() throws IOException {
    Path path = Files.writeString(folder.resolve("f"), "old");
    try (AtomicFile file = AtomicFile.create(path)) {
      file.write(ByteBuffer.wrap(new byte[] {'n', 'e'}), 0);
      file.write(ByteBuffer.wrap(new byte[] {'w'}), 2);
      assertThat(path).hasContent("old");
      file.commit();
    }
    assertThat(path).hasContent("new");
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void withoutCommitNothingChangesAndNothingIsLeft() throws IOException {
    Path path = Files.writeString(folder.resolve("f"), "old");
    try (AtomicFile file = AtomicFile.create(path)) {
      file.write(ByteBuffer.wrap(new byte[9]), 0);
    }
    assertThat(path).hasContent("old");
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void whatACrashLeftIsReplaced() throws IOException {
    Path path = folder.resolve("f");
    Path outside = Files.writeString(folder.resolve("outside"), "safe");
    Files.createSymbolicLink(folder.resolve(".f.partial"), outside);
    AtomicFile.writeString(path, "\u4f60");
    assertThat(path).hasContent("\u4f60");
    assertThat(outside).hasContent("safe");
    assertThat(count()).isEqualTo(2);
  }

  @Test
  void copiesAreEqualAlsoWhenLargerThanOneChunk() throws IOException {
    byte[] bytes = new byte[(9 << 20) + 3];
    new SplittableRandom(1).nextBytes(bytes);
    Path source = folder.resolve("source");
    AtomicFile.write(source, bytes);
    Path copy = folder.resolve("copy");
    AtomicFile.copy(source, copy);
    assertThat(copy).hasSameBinaryContentAs(source).hasBinaryContent(bytes);
  }

  @Test
  void aFullDiskSaysHowFarItCame() {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full), "needs /dev/full");
    Path path = folder.resolve("f");
    AtomicFile.Opener opener =
        partial -> {
          Files.createFile(partial);
          return FileChannel.open(full, StandardOpenOption.WRITE);
        };
    assertThatThrownBy(
            () -> {
              try (AtomicFile file = AtomicFile.create(path, opener)) {
                file.write(ByteBuffer.allocate(10), 0);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("writing " + path + " failed after 0 bytes: No space left on device");
    assertThat(count()).isZero();
  }

  private long count() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
