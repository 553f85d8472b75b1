/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Sends the signal of Ctrl-C to a real process. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(180)
class InterruptionTest {

  private static List<String> interrupted(String... arguments)
      throws IOException, InterruptedException {
    Signals.assumeInterruptible();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                InterruptionProgram.class.getName()));
    command.addAll(Arrays.asList(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      lines.add(reader.readLine());
      String pid = Long.toString(process.pid());
      assertThat(new ProcessBuilder("kill", "-INT", pid).start().waitFor()).isZero();
      reader.lines().forEach(lines::add);
    }
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    lines.add("exit " + process.exitValue());
    return lines;
  }

  @Test
  void controlCLetsTheStepEndAndSaveAndExitsWith130() throws Exception {
    assertThat(interrupted())
        .startsWith("ready")
        .endsWith("exit 130")
        .containsExactlyInAnyOrder(
            "ready",
            "interrupted: finishing this step and saving (kill -9 ends at once)",
            "saved",
            "exit 130");
  }

  @Test
  void whereNothingListensControlCEndsAtOnce() throws Exception {
    assertThat(interrupted("deaf")).containsExactly("ready", "exit 130");
  }
}
