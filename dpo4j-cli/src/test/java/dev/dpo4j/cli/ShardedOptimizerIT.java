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

/** Divides the state of the optimizer among processes and compares with a run that does not. */
@EnabledOnOs(OS.LINUX)
@Timeout(600)
class ShardedOptimizerIT {
  /**
   * The norm of the gradient is put together from that of stretches instead of parameters, and sums
   * over four processes are taken in another order: both change last bits of float32.
   */
  private static final double WEIGHTS = 1e-6;

  /** Without clipping nothing depends on the norm, and a sum of two has no order. */
  private static final List<String> EXACT =
      List.of(
          "--max_grad_norm=0",
          "--max_steps=6",
          "--save_steps=3",
          "--eval_dataset=",
          "--eval_steps=");

  private static final RankHosts HOSTS = new RankHosts();

  @AfterAll
  static void endHosts() {
    HOSTS.close();
  }

  @Test
  void twoProcessesLeaveTheSameBytesWhetherTheyDivideTheStateOrNot(@TempDir Path folder)
      throws Exception {
    ChildRun run = ChildRun.dpo(folder, EXACT.toArray(String[]::new));
    Path whole = train(run, folder.resolve("whole"), 2);
    Path divided = train(run, folder.resolve("divided"), 2, "--shard=optimizer");
    for (String file :
        List.of(
            "model.safetensors",
            "checkpoint-3/model.safetensors",
            "checkpoint-3/optimizer.safetensors",
            "checkpoint-6/optimizer.safetensors")) {
      assertThat(divided.resolve(file)).as(file).hasSameBinaryContentAs(whole.resolve(file));
    }
  }

  @ParameterizedTest
  @Tag("heavy")
  @CsvSource({
    "dpo, --optim=adamw_torch",
    "dpo, --optim=adamw_8bit",
    "dpo, --optim=adamw_bf16_states",
    "dpo, --optim=adafactor",
    "dpo, --optim=ademamix",
    "dpo, --use_peft=true --lora_dropout=0 --lora_r=4",
    "kto, --loss_type=kto",
    "sft, --weight_decay=0.1",
    "reward, --optim=lion",
  })
  void fourProcessesThatDivideTheStateTrainAsOne(
      String method, String options, @TempDir Path folder) throws Exception {
    List<String> more = new ArrayList<>(List.of(options.split(" ")));
    more.addAll(
        List.of("--max_steps=10", "--learning_rate=1e-5", "--eval_dataset=", "--eval_steps="));
    ChildRun run = ChildRun.of(method, folder, more.toArray(String[]::new));
    Path one = train(run, folder.resolve("one"), 1);
    Path four = train(run, folder.resolve("four"), 4, "--shard=optimizer");
    String file = Files.exists(one.resolve("model.safetensors")) ? "model" : "adapter_model";
    Path weights = Path.of(file + ".safetensors");
    assertThat(RankedRun.distance(one.resolve(weights), four.resolve(weights))).isLessThan(WEIGHTS);
  }

  @ParameterizedTest
  @Tag("heavy")
  @CsvSource({"adamw_torch", "adamw_8bit", "adafactor"})
  void aCheckpointIsThatOfOneProcessAndGoesOnInAnyNumberOfThem(String optim, @TempDir Path folder)
      throws Exception {
    ChildRun run =
        ChildRun.dpo(folder, "--optim=" + optim, "--learning_rate=1e-5", "--save_steps=4");
    Path four = train(run, folder.resolve("four"), 4, "--shard=optimizer");
    String from = "--resume_from_checkpoint=" + four.resolve("checkpoint-12");
    Path weights = Path.of("model.safetensors");
    Path same = train(run, folder.resolve("same"), 4, "--shard=optimizer", from);
    assertThat(same.resolve(weights)).hasSameBinaryContentAs(four.resolve(weights));
    Path two = train(run, folder.resolve("two"), 2, "--shard=optimizer", from);
    Path one = train(run, folder.resolve("alone"), 1, from);
    for (Path other : List.of(two, one)) {
      assertThat(RankedRun.distance(four.resolve(weights), other.resolve(weights)))
          .isLessThan(WEIGHTS);
    }
  }

  /** Trains with steps of eight rows. */
  private static Path train(ChildRun run, Path output, int processes, String... more)
      throws IOException {
    Path logs = Files.createDirectories(output.resolveSibling(output.getFileName() + "-logs"));
    List<String> all = new ArrayList<>(List.of(more));
    all.add("--per_device_train_batch_size=" + 4 / processes);
    HOSTS.run(processes, logs, run.into(output, all.toArray(String[]::new)));
    return output;
  }
}
