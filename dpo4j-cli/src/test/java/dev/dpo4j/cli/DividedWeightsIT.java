/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Divides weights, gradients and the optimizer's state, and compares with a run that does not. */
@EnabledOnOs(OS.LINUX)
@Timeout(600)
class DividedWeightsIT {
  /** Sums over processes are taken in another order, which changes last bits of float32. */
  private static final double WEIGHTS = 1e-6;

  private static final Path MODEL = Path.of("model.safetensors");

  private static final RankHosts HOSTS = new RankHosts();

  @AfterAll
  static void endHosts() {
    HOSTS.close();
  }

  @Test
  void twoProcessesTrainAsOneAndGoOnToTheSameBytes(@TempDir Path folder) throws Exception {
    ChildRun run =
        ChildRun.dpo(folder, "--max_steps=20", "--learning_rate=1e-5", "--save_steps=10");
    Path one = train(run, folder.resolve("one"), 1, 6);
    Path two = train(run, folder.resolve("two"), 2, 6, "--shard=full");
    assertThat(RankedRun.distance(one.resolve(MODEL), two.resolve(MODEL))).isLessThan(WEIGHTS);
    Path checkpoint = two.resolve("checkpoint-10");
    String from = "--resume_from_checkpoint=" + checkpoint;
    Path same = train(run, folder.resolve("same"), 2, 6, "--shard=full", from);
    for (Path file : List.of(MODEL, Path.of("checkpoint-20", "optimizer.safetensors"))) {
      assertThat(same.resolve(file)).hasSameBinaryContentAs(two.resolve(file));
    }
  }

  @ParameterizedTest
  @Tag("heavy")
  @CsvSource({
    "dpo, --loss_type=aot",
    "dpo, --gradient_accumulation_steps=3",
    "dpo, --gradient_checkpointing=true --max_grad_norm=0",
    "dpo, --sft_first=true --sft_num_train_epochs=1",
    "dpo, --use_peft=true --lora_dropout=0 --lora_r=4",
    "kto, --loss_type=kto",
    "kto, --optim=lion",
    "sft, --max_length=64 --weight_decay=0.1",
    "sft, --optim=adagrad",
  })
  void threeProcessesTrainAsOne(String method, String options, @TempDir Path folder)
      throws Exception {
    List<String> more = new ArrayList<>(List.of(options.split(" ")));
    more.addAll(List.of("--max_steps=20", "--learning_rate=1e-5", "--save_steps=20"));
    ChildRun run = ChildRun.of(method, folder, more.toArray(String[]::new));
    Path one = train(run, folder.resolve("one"), 1, 6);
    Path three = train(run, folder.resolve("three"), 3, 6, "--shard=full");
    boolean whole = Files.exists(one.resolve(MODEL));
    Path weights = whole ? MODEL : Path.of("adapter_model.safetensors");
    assertThat(RankedRun.distance(one.resolve(weights), three.resolve(weights)))
        .isLessThan(WEIGHTS);
  }

  @Test
  @Tag("heavy")
  void aCheckpointIsThatOfOneProcessAndGoesOnInAnyNumberOfThem(@TempDir Path folder)
      throws Exception {
    ChildRun run =
        ChildRun.dpo(folder, "--max_steps=20", "--learning_rate=1e-5", "--save_steps=10");
    Path four = train(run, folder.resolve("four"), 4, 4, "--shard=full");
    String from = "--resume_from_checkpoint=" + four.resolve("checkpoint-10");
    List<Path> others =
        List.of(
            train(run, folder.resolve("two"), 2, 4, "--shard=full", from),
            train(run, folder.resolve("optimizer"), 2, 4, "--shard=optimizer", from),
            train(run, folder.resolve("alone"), 1, 4, from));
    for (Path other : others) {
      assertThat(RankedRun.distance(four.resolve(MODEL), other.resolve(MODEL))).isLessThan(WEIGHTS);
    }
  }

  @ParameterizedTest
  @Tag("heavy")
  @CsvSource({
    "dpo, --optim=adafactor, optim",
    "dpo, --precompute_ref_log_probs=false, precompute_ref_log_probs",
    "dpo, --log_completions=true, log_completions",
    "dpo, --bema=true, bema",
    "reward, --max_length=64, shard",
  })
  void whatNeedsAllWeightsIsRefusedByName(
      String method, String option, String name, @TempDir Path folder) throws Exception {
    ChildRun run = ChildRun.of(method, folder, option);
    Path logs = Files.createDirectory(folder.resolve("logs"));
    List<Process> started =
        RankedRun.start(2, logs, run.into(folder.resolve("out"), "--shard=full"));
    for (Process process : started) {
      assertThat(process.waitFor()).isNotZero();
    }
    assertThat(RankedRun.log(logs, 0)).contains(name).contains("2 processes");
  }

  /** Of eleven rows a process may get none, or one more than another. */
  private static Path train(ChildRun run, Path output, int processes, int rows, String... more)
      throws IOException {
    Path logs = Files.createDirectories(output.resolveSibling(output.getFileName() + "-logs"));
    List<String> all = new ArrayList<>(List.of(more));
    all.add("--per_device_train_batch_size=" + rows / processes);
    HOSTS.run(processes, logs, run.into(output, all.toArray(String[]::new)));
    return output;
  }
}
