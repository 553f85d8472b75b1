/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.io.Checksums;
import dev.dpo4j.tensor.cuda.host.HostLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a run says and leaves where its card fails, on the emulated card. */
@Tag("heavy")
class CardFaultIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "memory, no memory for, resume with resume_from_checkpoint auto",
    "lost, the card is lost to this process, Resume from the last checkpoint in a new process",
  })
  void theLastCheckpointStandsAndTheRunGoesOnToTheSameBytes(
      String fault, String what, String remedy) throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    ChildRun run = ChildRun.dpo(folder);
    Path whole = folder.resolve("whole");
    assertThat(train(run, whole, "emulated", List.of()).code).isZero();
    Path broken = folder.resolve("broken");
    Path since = broken.resolve("checkpoint-1");
    Ended ended =
        train(run, broken, "emulated", List.of("-Ddpo4j.emulated.fault=" + fault + ":" + since));
    assertThat(ended.code).as(ended.log).isEqualTo(1);
    assertThat(ended.log).contains(what).contains(remedy).doesNotContain("\tat ");
    assertThat(since).isDirectory();
    assertThat(broken.resolve("model.safetensors")).doesNotExist();
    Ended resumed = train(run, broken, "emulated", List.of(), "--resume_from_checkpoint=true");
    assertThat(resumed.code).as(resumed.log).isZero();
    assertThat(sum(broken)).isEqualTo(sum(whole));
  }

  @Test
  void aCardWithoutBfloat16ComputesInFloat32AndSaysSo() throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    ChildRun run = ChildRun.dpo(folder);
    Ended plain = train(run, folder.resolve("plain"), "emulated:2", List.of());
    assertThat(plain.code).as(plain.log).isZero();
    assertThat(plain.log).doesNotContain("no bfloat16 units");
    Ended asked = train(run, folder.resolve("asked"), "emulated:2", List.of(), "--bf16=true");
    assertThat(asked.code).as(asked.log).isZero();
    assertThat(asked.log).contains("this device has no bfloat16 units");
    assertThat(sum(folder.resolve("asked"))).isEqualTo(sum(folder.resolve("plain")));
    Ended strict =
        train(
            run, folder.resolve("strict"), "emulated:2", List.of(), "--bf16=true", "--strict=true");
    assertThat(strict.code).as(strict.log).isEqualTo(2);
    assertThat(strict.log).contains("bf16: is true, but this device has no bfloat16 units");
  }

  @Test
  void strictAsksTheCardAndNotTheProcessor() throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    Ended ended =
        train(
            ChildRun.dpo(folder),
            folder.resolve("strict"),
            "emulated",
            List.of("-Ddpo4j.bfloat16=false"),
            "--bf16=true",
            "--strict=true");
    assertThat(ended.code).as(ended.log).isZero();
  }

  private record Ended(int code, String log) {}

  private Ended train(
      ChildRun run, Path output, String device, List<String> options, String... more)
      throws Exception {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--device=" + device,
                "--max_steps=2",
                "--save_steps=1",
                "--eval_dataset=",
                "--eval_steps="));
    settings.addAll(List.of(more));
    Path log = folder.resolve(output.getFileName() + ".log");
    List<String> jvm = new ArrayList<>(ChildClasses.options());
    jvm.addAll(options);
    Process process =
        new ProcessBuilder(ChildRun.command(jvm, run.into(output, settings.toArray(String[]::new))))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new Ended(process.waitFor(), Files.readString(log));
  }

  private static String sum(Path output) throws Exception {
    return Checksums.of(output.resolve("model.safetensors"));
  }
}
