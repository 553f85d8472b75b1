/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.io.Checksums;
import dev.dpo4j.tensor.cuda.host.HostLibrary;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a card leaves to the host comes back as it was: on the emulated card, whose copies beside
 * the launches are done as late as they may be, runs end with the same bytes.
 *
 * <p>The processes have no natives of the bundled engine, so that a run on a card that starts it
 * fails here.
 */
@Tag("heavy")
class OffloadingIT {
  private static final List<String> OFFLOADED =
      List.of("--offload_optimizer=true", "--activation_offloading=true");

  private static final RankHosts HOSTS =
      new RankHosts(withoutEngine(ChildRun.program(RankHost.class)));

  @TempDir private Path folder;

  @AfterAll
  static void endHosts() {
    HOSTS.close();
  }

  @ParameterizedTest
  @CsvSource({
    "dpo, --bf16=false",
    "dpo, --bf16=true --use_peft=true --lora_r=4",
    "sft, --optim=adamw_8bit --gradient_dtype=bfloat16",
  })
  void aRunEndsWithTheSameBytesAndResumesWithTheOtherSetting(String method, String options)
      throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    ChildRun run = ChildRun.of(method, folder, options.split(" "));
    Path plain = train(run, "plain", List.of());
    Path offloaded = train(run, "offloaded", OFFLOADED);
    String expected = sum(plain);
    assertThat(sum(offloaded)).isEqualTo(expected);
    assertThat(sum(goneOn(run, plain, OFFLOADED))).isEqualTo(expected);
    assertThat(sum(goneOn(run, offloaded, List.of()))).isEqualTo(expected);
  }

  /** Goes on from step 1 with other settings. */
  private Path goneOn(ChildRun run, Path from, List<String> settings) throws Exception {
    String name = from.getFileName() + " gone on";
    Path to = Files.createDirectories(folder.resolve(name));
    Path kept = Files.createDirectories(to.resolve("checkpoint-1"));
    try (Stream<Path> files = Files.list(from.resolve("checkpoint-1"))) {
      for (Path file : files.toList()) {
        Files.copy(file, kept.resolve(file.getFileName()));
      }
    }
    return train(
        run,
        name,
        Stream.concat(settings.stream(), Stream.of("--resume_from_checkpoint=true")).toList());
  }

  private Path train(ChildRun run, String name, List<String> settings) throws Exception {
    Path output = folder.resolve(name);
    List<String> more =
        Stream.concat(
                Stream.of(
                    "--device=emulated",
                    "--max_steps=2",
                    "--save_steps=1",
                    "--per_device_train_batch_size=1",
                    "--eval_dataset=",
                    "--eval_steps="),
                settings.stream())
            .toList();
    Path logs = Files.createDirectories(folder.resolve(name + " logs"));
    HOSTS.run(1, logs, run.into(output, more.toArray(String[]::new)));
    return output;
  }

  /** A command without the natives of the bundled engine on its class path. */
  static List<String> withoutEngine(List<String> command) {
    return command.stream().map(OffloadingIT::withoutNatives).toList();
  }

  private static String withoutNatives(String argument) {
    return Arrays.stream(argument.split(File.pathSeparator, -1))
        .filter(part -> !part.matches(".*/(pytorch|mkl|openblas)-[^/]*-linux-[^/]*\\.jar"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String sum(Path output) throws Exception {
    Path adapter = output.resolve("adapter_model.safetensors");
    return Checksums.of(Files.exists(adapter) ? adapter : output.resolve("model.safetensors"));
  }
}
