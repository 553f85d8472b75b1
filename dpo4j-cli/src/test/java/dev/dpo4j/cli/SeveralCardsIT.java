/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.dpo4j.tensor.cuda.host.HostLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Trains on an emulated card for each process, joined by a library that plays NCCL, and compares
 * with one process on such a card.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(900)
class SeveralCardsIT {
  /** Sums over other stretches of the rows differ in the last bits of float32. */
  private static final double WEIGHTS = 1e-6;

  private static final Path STAND_IN =
      Path.of("../dpo4j-core/src/test/resources/dev/dpo4j/tensor/cuda/nccl/stand_in_nccl.c");
  private static final int OTHER_RANK = 6;

  @TempDir private static Path libraries;
  private static RankHosts hosts;
  @TempDir private Path folder;

  @BeforeAll
  static void aLibraryThatPlaysNccl() throws Exception {
    assumeTrue(HostLibrary.compiler().isPresent(), "no C++ compiler to run kernels on the host");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "needs a C compiler");
    Path nccl = libraries.resolve("libnccl.so.2");
    String[] command = {
      "cc",
      "-shared",
      "-fPIC",
      "-O1",
      "-pthread",
      "-o",
      nccl.toString(),
      STAND_IN.toString(),
      "-lrt"
    };
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    hosts = new RankHosts(onCards(ChildRun.program(RankHost.class)));
  }

  @AfterAll
  static void endHosts() {
    if (hosts != null) {
      hosts.close();
    }
  }

  /** Without its natives, a run on a card that starts the bundled engine fails. */
  private static List<String> onCards(List<String> command) {
    List<String> all =
        new ArrayList<>(List.of("env", "DPO4J_NCCL=" + libraries.resolve("libnccl.so.2")));
    all.addAll(OffloadingIT.withoutEngine(command));
    return all;
  }

  @Test
  void twoCardsTrainAsOne() throws Exception {
    compare("dpo", "--loss_type=sigmoid");
  }

  @ParameterizedTest
  @Tag("heavy")
  @CsvSource({
    "dpo, --use_peft=true --lora_dropout=0 --lora_r=4",
    "dpo, --shard=optimizer --save_steps=2",
    "dpo, --shard=optimizer --offload_optimizer=true --save_steps=2",
    "dpo, --shard=optimizer --optim=adafactor",
    "dpo, --shard=full --save_steps=2",
    "kto, --shard=full --use_peft=true --lora_dropout=0 --lora_r=4",
    "kto, --loss_type=kto",
    "sft, --max_length=64",
    "reward, --max_length=64",
  })
  void twoCardsTrainAsOneByEveryMethod(String method, String options) throws Exception {
    compare(method, options);
  }

  private void compare(String method, String options) throws Exception {
    ChildRun run = ChildRun.of(method, folder);
    List<String> more = new ArrayList<>(List.of(options.split(" ")));
    more.addAll(
        List.of(
            "--device=emulated",
            "--bf16=false",
            "--max_steps=4",
            "--gradient_accumulation_steps=1",
            "--eval_steps=4",
            "--learning_rate=1e-5"));
    Path one = folder.resolve("one");
    Path two = folder.resolve("two");
    more.add("--per_device_train_batch_size=4");
    List<String> alone = new ArrayList<>(more);
    alone.removeIf(option -> option.startsWith("--shard"));
    train(1, run, one, alone);
    more.add("--per_device_train_batch_size=2");
    train(2, run, two, more);
    boolean adapter = options.contains("use_peft");
    Path weights = Path.of(adapter ? "adapter_model.safetensors" : "model.safetensors");
    assertThat(RankedRun.distance(one.resolve(weights), two.resolve(weights))).isLessThan(WEIGHTS);
  }

  @Test
  @Tag("heavy")
  void aCardWhoseProcessIsKilledIsNamed() throws Exception {
    ChildRun run = ChildRun.dpo(folder);
    Path output = folder.resolve("killed");
    List<Process> both =
        start(2, run, output, List.of("--device=emulated", "--bf16=false", "--max_steps=100000"));
    Path metrics = output.resolve("metrics.jsonl");
    while (both.get(0).isAlive() && (Files.notExists(metrics) || Files.size(metrics) == 0)) {
      Thread.sleep(50);
    }
    both.get(1).destroyForcibly();
    assertThat(both.get(0).waitFor()).as(log(output, 0)).isEqualTo(OTHER_RANK);
    assertThat(log(output, 0)).contains("error: rank 1 is gone");
  }

  @Test
  @Tag("heavy")
  void processesThatWereToShareACardAreRefusedBeforeAnythingIsStarted() throws Exception {
    ChildRun run = ChildRun.dpo(folder);
    Path output = folder.resolve("shared");
    for (Process process : start(2, run, output, List.of("--device=cuda:1"))) {
      assertThat(process.waitFor()).isEqualTo(2);
    }
    assertThat(log(output, 0))
        .contains("device", "2 processes of this machine cannot share", "LOCAL_RANK");
  }

  private static void train(int processes, ChildRun run, Path output, List<String> more)
      throws IOException {
    Path logs = Files.createDirectories(logs(output));
    hosts.run(processes, logs, run.into(output, more.toArray(String[]::new)));
  }

  private static List<Process> start(int processes, ChildRun run, Path output, List<String> more)
      throws IOException {
    String[] arguments = run.into(output, more.toArray(String[]::new));
    return RankedRun.start(
        processes,
        Files.createDirectories(logs(output)),
        onCards(ChildRun.command(List.of(), arguments)));
  }

  private static Path logs(Path output) {
    return output.resolveSibling(output.getFileName() + "-logs");
  }

  private static String log(Path output, int rank) throws IOException {
    return RankedRun.log(logs(output), rank);
  }
}
