/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.tensor.start;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.tensor.Engine;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackLockTest {
  @TempDir Path folder;

  @Test
  void processesThatStartTogetherOnANewMachineAllStart() throws Exception {
    Path cache = Files.createDirectory(folder.resolve("cache"));
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      processes.add(start(Start.class, cache, folder.resolve("output-" + i)));
    }
    for (int i = 0; i < processes.size(); i++) {
      int status = processes.get(i).waitFor();
      assertThat(Files.readString(folder.resolve("output-" + i), StandardCharsets.UTF_8))
          .as("exit status %d", status)
          .contains("started libtorch");
      assertThat(status).isZero();
    }
  }

  @Test
  void whatAnotherProcessHoldsIsWaitedForButNotForEver() throws Exception {
    Path said = folder.resolve("output");
    Process holder = start(Hold.class, folder, said);
    try {
      while (holder.isAlive() && !Files.readString(said).contains("held")) {
        Thread.sleep(20);
      }
      assertThat(holder.isAlive()).isTrue();
      long begin = System.nanoTime();
      UnpackLock.take(folder, Duration.ofMillis(300)).close();
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(290));
    } finally {
      holder.destroyForcibly().waitFor();
    }
    long begin = System.nanoTime();
    UnpackLock.take(folder, Duration.ofHours(1)).close();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMinutes(1));
  }

  private static Process start(Class<?> main, Path cache, Path output) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-D" + EngineFiles.PROPERTY + "=" + cache,
            "-cp",
            System.getProperty("java.class.path"),
            main.getName())
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }

  /** Starts the engine. */
  static final class Start {
    private Start() {}

    public static void main(String[] args) {
      Engine.ensureStarted();
      System.out.println("started " + Engine.version());
    }
  }

  /** Holds the lock until it is killed. */
  static final class Hold {
    private Hold() {}

    @SuppressWarnings("try")
    public static void main(String[] args) throws Exception {
      try (UnpackLock held = UnpackLock.take()) {
        System.out.println("held");
        Thread.sleep(Duration.ofHours(1).toMillis());
      }
    }
  }
}
