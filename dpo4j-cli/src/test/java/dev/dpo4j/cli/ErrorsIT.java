/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Whatever a process meets, it ends with a message and a documented code. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class ErrorsIT {
  @TempDir private Path folder;

  /** How a process ended. */
  private record Ended(int code, String err) {}

  private Ended run(List<String> jvm, String... arguments) throws Exception {
    return run(List.of(), jvm, arguments);
  }

  private Ended run(List<String> shell, List<String> jvm, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(ChildRun.command(arguments));
    command.addAll(1, jvm);
    command.addAll(0, shell);
    Path err = Files.createTempFile(folder, "err", "");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(err.toFile());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).as("the process ends").isTrue();
      return new Ended(process.exitValue(), Files.readString(err, StandardCharsets.UTF_8));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aHeapThatIsTooSmallIsNamed() throws Exception {
    ChildRun dpo = ChildRun.dpo(folder, "--max_steps=1");
    Ended ended = run(List.of("-Xmx12m", "-XX:+UseSerialGC"), dpo.into(folder.resolve("out")));
    assertThat(ended.code()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err()).contains("error: the Java heap of").contains("-Xmx4g");
    assertThat(ended.err()).doesNotContain("\tat ");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aConfigurationThatNeverEndsIsRefused() throws Exception {
    Ended ended = run(List.of(), "dpo", "--config=/dev/zero");
    assertThat(ended.code()).as(ended.err()).isEqualTo(2);
    assertThat(ended.err()).contains("/dev/zero is longer than 1 MB");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anEngineThatCannotBeUnpackedIsNamed() throws Exception {
    ChildRun dpo = ChildRun.dpo(folder, "--max_steps=1");
    Path cache = Files.createDirectory(folder.resolve("cache"));
    List<String> command =
        new ArrayList<>(List.of("bash", "-c", "ulimit -f 20000 && exec \"$@\"", "bash"));
    Ended ended =
        run(
            command,
            List.of("-Dorg.bytedeco.javacpp.cachedir=" + cache),
            dpo.into(folder.resolve("out")));
    assertThat(ended.code()).as(ended.err()).isEqualTo(1);
    assertThat(ended.err())
        .contains("error: The engine's libraries cannot be loaded")
        .contains("org.bytedeco.javacpp.cachedir");
    assertThat(ended.err()).doesNotContain("\tat ");
  }
}
