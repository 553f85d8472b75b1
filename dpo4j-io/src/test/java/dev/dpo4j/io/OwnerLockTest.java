/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class OwnerLockTest {
  @TempDir private Path folder;

  /** Holds a folder until its input ends; started as a process of its own. */
  public static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (OwnerLock lock = OwnerLock.ofFolder(Path.of(arguments[0]))) {
        System.out.println("held");
        System.in.read();
      }
    }
  }

  private Process holder(Path of) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                of.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.inputReader().readLine();
    return process;
  }

  @Test
  void aFolderIsMadeAndLeavesWithTheLockWhereNothingWasWritten() throws IOException {
    Path deep = folder.resolve("a/b/c");
    try (OwnerLock lock = OwnerLock.ofFolder(deep)) {
      assertThat(deep.resolve(OwnerLock.FOLDER_FILE)).exists();
    }
    assertThat(folder).isEmptyDirectory();
    try (OwnerLock lock = OwnerLock.ofFolder(deep)) {
      Files.writeString(deep.resolve("result"), "x");
    }
    assertThat(deep).isDirectoryNotContaining("glob:**lock").isDirectoryContaining("glob:**result");
  }

  @Test
  void theSameThreadMayTakeAFolderAgainAndAnotherMayNot() throws IOException {
    try (OwnerLock lock = OwnerLock.ofFolder(folder)) {
      OwnerLock.ofFolder(folder.resolve("../" + folder.getFileName())).close();
      assertThat(folder.resolve(OwnerLock.FOLDER_FILE)).exists();
      assertThatThrownBy(
              () -> CompletableFuture.supplyAsync(() -> take(folder)).get(1, TimeUnit.MINUTES))
          .hasCauseInstanceOf(InUseException.class);
    }
    assertThat(folder).isEmptyDirectory();
  }

  private static OwnerLock take(Path of) {
    try {
      return OwnerLock.ofFolder(of);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void aFileIsTakenOnceAlsoByOneThread() throws IOException {
    Path file = folder.resolve("log.jsonl");
    try (OwnerLock lock = OwnerLock.ofFile(file)) {
      assertThatThrownBy(() -> OwnerLock.ofFile(file))
          .isInstanceOf(InUseException.class)
          .hasMessageContaining("log.jsonl is in use");
    }
    OwnerLock.ofFile(file).close();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void anotherProcessIsNamedAndItsDeathFreesTheFolder() throws Exception {
    Process other = holder(folder);
    try {
      assertThatThrownBy(() -> OwnerLock.ofFolder(folder))
          .isInstanceOf(InUseException.class)
          .hasMessageContaining("is in use: process " + other.pid() + " on ")
          .hasMessageContaining("nothing was changed");
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertThat(folder.resolve(OwnerLock.FOLDER_FILE)).as("left by the dead process").exists();
    try (OwnerLock lock = OwnerLock.ofFolder(folder)) {
      assertThat(Files.readString(folder.resolve(OwnerLock.FOLDER_FILE)))
          .startsWith("process " + ProcessHandle.current().pid() + " on ");
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aFileOrADeviceIsNoFolder() throws IOException {
    Path file = Files.writeString(folder.resolve("notes"), "mine");
    for (Path taken : new Path[] {file, Path.of("/dev/null")}) {
      assertThatThrownBy(() -> OwnerLock.ofFolder(taken))
          .isInstanceOf(FileAlreadyExistsException.class)
          .hasMessageContaining("expected a folder");
    }
    assertThat(file).hasContent("mine");
  }
}
