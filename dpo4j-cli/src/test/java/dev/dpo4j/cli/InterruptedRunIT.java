/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Presses Ctrl-C on a real training process. */
@DisabledOnOs(OS.WINDOWS)
@Timeout(600)
class InterruptedRunIT {
  @Test
  void theStepIsFinishedTheModelSavedAndTheExitCodeIs130(@TempDir Path folder) throws Exception {
    Signals.assumeInterruptible();
    Path model = TinyModel.write(folder);
    String row =
        "{\"prompt\": \"a lantern\", \"chosen\": \" in a window\", \"rejected\": \" x\"}\n";
    Path data = Files.writeString(folder.resolve("pairs.jsonl"), row.repeat(4));
    Path output = folder.resolve("out");
    Process process =
        start(
            "dpo",
            "--model_name_or_path=" + model,
            "--dataset_name=" + data,
            "--output_dir=" + output,
            "--max_steps=1000000",
            "--logging_steps=1");
    List<String> lines = new ArrayList<>();
    try (BufferedReader err = process.errorReader(StandardCharsets.UTF_8)) {
      String line = err.readLine();
      while (line != null && !line.startsWith("step 2/")) {
        lines.add(line);
        line = err.readLine();
      }
      assertThat(line).as(String.join("\n", lines)).isNotNull();
      String pid = Long.toString(process.pid());
      assertThat(new ProcessBuilder("kill", "-INT", pid).start().waitFor()).isZero();
      err.lines().forEach(lines::add);
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isEqualTo(130);
    assertThat(lines).anyMatch(line -> line.startsWith("interrupted: finishing this step"));
    assertThat(out).startsWith("stopped after ").contains("result", output.toString());
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute("logps", "--model_name_or_path=" + output, "--dataset_name=" + data);
    assertThat(code).as(console.err()).isZero();
  }

  private static Process start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dai.djl.offline=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).start();
  }
}
