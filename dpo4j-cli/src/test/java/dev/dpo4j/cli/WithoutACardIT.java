/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A card that is asked for and cannot be had ends a command before anything is written. */
class WithoutACardIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "--device=cuda, 1, 'NVIDIA''s driver', use --device cpu",
    "--device=cuda:3, 1, 'NVIDIA''s driver', use --device cpu",
    "--device=gpu, 2, device, 'must be auto, cpu, cuda or cuda:N but was \"gpu\"'",
  })
  void theMessageSaysWhatIsMissingAndWhatToDo(String device, int code, String found, String remedy)
      throws Exception {
    assumeFalse(Files.exists(Path.of("/dev/nvidia0")), "this machine has a card");
    Path output = folder.resolve("out");
    Process process =
        new ProcessBuilder(ChildRun.command(ChildRun.of("dpo", folder).into(output, device)))
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isEqualTo(code);
    assertThat(text).contains(found, remedy).doesNotContain("\tat ");
    assertThat(output).doesNotExist();
  }
}
