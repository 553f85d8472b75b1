/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Trains in one, two and four processes with the same rows in each step, and compares. */
@EnabledOnOs(OS.LINUX)
@Timeout(600)
class SeveralProcessesIT {
  /**
   * Sums of float32 over other stretches of the rows differ in the last bits; after 20 small steps
   * all weights together must still agree to a millionth.
   */
  private static final double WEIGHTS = 1e-6;

  /**
   * Metrics are of weights that differ so little; a correlation of nearly equal numbers tells most.
   */
  private static final double METRICS = 1e-3;

  /** Not reproduced: times, and the number of rows that the machine did in a second. */
  private static final List<String> TIMED = List.of("eval_runtime", "per_second");

  private static final RankHosts HOSTS = new RankHosts();

  @AfterAll
  static void endHosts() {
    HOSTS.close();
  }

  @Test
  void twoProcessesTrainAsOneAndTheFirstAloneWrites(@TempDir Path folder) throws Exception {
    ChildRun run = ChildRun.dpo(folder, "--max_steps=20", "--learning_rate=1e-5");
    Path one = train(run, folder, 1, 2);
    Path two = train(run, folder, 2, 2);
    assertSame(one, two);
    assertThat(RankedRun.log(two, 0)).contains("rows read", "result");
    assertThat(RankedRun.log(two, 1)).doesNotContain("rows read", "result", "warning");
  }

  @ParameterizedTest
  @Tag("heavy")
  @CsvSource({
    "dpo, --loss_type=sigmoid",
    "dpo, --use_peft=true --lora_dropout=0.2 --disable_dropout=false --lora_r=4",
    "dpo, --loss_type=aot",
    "dpo, --loss_type=sigmoid --precompute_ref_log_probs=false --sync_ref_model=true --ref_model_sync_steps=4",
    "dpo, --sft_first=true --sft_num_train_epochs=1",
    "dpo, --dataloader_drop_last=true",
    "kto, --loss_type=kto",
    "kto, --loss_type=kto --use_peft=true --lora_dropout=0 --lora_r=4",
    "sft, --max_length=64",
    "reward, --max_length=64",
  })
  void fourProcessesTrainAsOne(String method, String options, @TempDir Path folder)
      throws Exception {
    List<String> more = new ArrayList<>(List.of(options.split(" ")));
    more.addAll(List.of("--max_steps=20", "--learning_rate=1e-5"));
    ChildRun run = ChildRun.of(method, folder, more.toArray(String[]::new));
    Path one = train(run, folder, 1, 4);
    assertSame(one, train(run, folder, 2, 4));
    assertSame(one, train(run, folder, 4, 4));
  }

  /**
   * Eleven rows end in a micro-batch of three or of one, which weighs as much as a whole one, as in
   * transformers: so only micro-batches that are all whole can be compared.
   */
  @ParameterizedTest
  @Tag("heavy")
  @CsvSource({
    "--loss_type=sigmoid",
    "--use_peft=true --lora_dropout=0.2 --disable_dropout=false --lora_r=4",
  })
  void smallerMicroBatchesTrainAsLargerOnesInAnyNumberOfProcesses(
      String options, @TempDir Path folder) throws Exception {
    List<String> more = new ArrayList<>(List.of(options.split(" ")));
    more.addAll(
        List.of("--max_steps=12", "--learning_rate=1e-5", "--eval_dataset=", "--eval_steps="));
    ChildRun run = ChildRun.dpo(folder, more.toArray(String[]::new));
    Files.write(run.data, Files.readAllLines(run.data).subList(0, 8));
    Path large = train(run, folder, 1, 4, "--gradient_accumulation_steps=1");
    String weights =
        options.contains("use_peft") ? "adapter_model.safetensors" : "model.safetensors";
    for (int processes : new int[] {1, 2}) {
      Path small =
          train(
              run,
              Files.createDirectory(folder.resolve("small" + processes)),
              processes,
              2,
              "--gradient_accumulation_steps=2");
      assertThat(RankedRun.distance(large.resolve(weights), small.resolve(weights)))
          .as(processes + " processes")
          .isLessThan(WEIGHTS);
    }
  }

  /** Over the network, as several machines do: sums of two have no order, so bytes are the same. */
  @Test
  @Tag("heavy")
  void sumsInSharedMemoryAreThoseOfTheNetwork(@TempDir Path folder) throws Exception {
    ChildRun run = ChildRun.dpo(folder, "--max_steps=6", "--eval_dataset=", "--eval_steps=");
    String[] arguments = run.into(folder.resolve("memory"));
    HOSTS.run(2, Files.createDirectory(folder.resolve("memory-logs")), arguments);
    List<String> command = new ArrayList<>(List.of("env", "DPO4J_SHM_DISABLE=1"));
    command.addAll(ChildRun.command(run.into(folder.resolve("network"))));
    Path logs = Files.createDirectory(folder.resolve("network-logs"));
    for (Process process : RankedRun.start(2, logs, command)) {
      assertThat(process.waitFor()).as(RankedRun.log(logs, 0)).isZero();
    }
    assertThat(folder.resolve("network/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("memory/model.safetensors"));
  }

  /** Two and two rows, and in the last step of an epoch three: not every process has as many. */
  @ParameterizedTest
  @Tag("heavy")
  @ValueSource(strings = {"dpo", "sft", "kto"})
  void expertsAreBalancedOverTheRowsOfAllProcesses(String method, @TempDir Path folder)
      throws Exception {
    Path model = withBalancedExperts(folder.resolve("experts"));
    ChildRun run =
        ChildRun.of(
            method,
            folder,
            "--model_name_or_path=" + model,
            "--max_steps=8",
            "--learning_rate=1e-5",
            "--eval_dataset=",
            "--eval_steps=");
    Path one = train(run, folder, 1, 4);
    assertSame(one, train(run, folder, 2, 4));
    assertSame(one, train(run, folder, 4, 4));
  }

  /** A model whose balance of experts weighs more than anything else. */
  private static Path withBalancedExperts(Path folder) throws IOException {
    String shared = System.getenv("DPO4J_SHARED");
    if (shared == null) {
      Assumptions.abort("DPO4J_SHARED is not set");
    }
    Path from = Path.of(shared, "golden", "families", "qwen3-moe");
    Files.createDirectories(folder);
    for (String file :
        List.of("model.safetensors", "tokenizer.json", "tokenizer_config.json", "config.json")) {
      Files.write(folder.resolve(file), Files.readAllBytes(from.resolve(file)));
    }
    String config = Files.readString(from.resolve("config.json"));
    Files.writeString(
        folder.resolve("config.json"),
        config
            .replace("\"output_router_logits\": false", "\"output_router_logits\": true")
            .replace("\"router_aux_loss_coef\": 0.001", "\"router_aux_loss_coef\": 10.0"));
    return folder;
  }

  @Test
  @Tag("heavy")
  void aRunGoesOnInAnotherNumberOfProcessesAndExactlyInTheSame(@TempDir Path folder)
      throws Exception {
    ChildRun run = ChildRun.dpo(folder, "--max_steps=20", "--learning_rate=1e-5", "--save_steps=5");
    Path two = train(run, folder, 2, 2);
    String from = "--resume_from_checkpoint=" + two.resolve("checkpoint-15");
    Path one = train(run, Files.createDirectory(folder.resolve("other")), 1, 2, from);
    assertSame(two, one);
    Path same = train(run, Files.createDirectory(folder.resolve("same")), 2, 2, from);
    assertThat(same.resolve("model.safetensors"))
        .hasSameBinaryContentAs(two.resolve("model.safetensors"));
  }

  @Test
  @Tag("heavy")
  void whatTrainsInOneProcessOnlyIsRefusedByName(@TempDir Path folder) throws Exception {
    ChildRun run = ChildRun.dpo(folder, "--gradient_dtype=bfloat16");
    Path logs = Files.createDirectory(folder.resolve("logs"));
    for (Process process : RankedRun.start(2, logs, run.into(folder.resolve("out")))) {
      assertThat(process.waitFor()).isNotZero();
    }
    assertThat(RankedRun.log(logs, 0)).contains("gradient_dtype", "2 processes");
  }

  /** Trains with so many rows in a micro-batch of all processes together. */
  private static Path train(ChildRun run, Path folder, int processes, int rows, String... more)
      throws IOException {
    Path output = folder.resolve("by" + processes);
    Path logs = Files.createDirectories(folder.resolve("logs" + processes));
    List<String> all = new ArrayList<>(List.of(more));
    all.add("--per_device_train_batch_size=" + rows / processes);
    HOSTS.run(processes, logs, run.into(output, all.toArray(String[]::new)));
    for (int rank = 0; rank < processes; rank++) {
      Files.writeString(output.resolve("rank" + rank + ".txt"), RankedRun.log(logs, rank));
    }
    return output;
  }

  private static void assertSame(Path one, Path other) throws IOException {
    String file = Files.exists(one.resolve("model.safetensors")) ? "model" : "adapter_model";
    Path weights = Path.of(file + ".safetensors");
    assertThat(RankedRun.distance(one.resolve(weights), other.resolve(weights)))
        .as("distance of the weights")
        .isLessThan(WEIGHTS);
    List<Map<String, Double>> expected = metrics(one);
    List<Map<String, Double>> found = metrics(other);
    assertThat(found).hasSameSizeAs(expected);
    for (int line = 0; line < expected.size(); line++) {
      assertThat(found.get(line).keySet()).isEqualTo(expected.get(line).keySet());
      for (Map.Entry<String, Double> metric : expected.get(line).entrySet()) {
        double value = metric.getValue();
        if (TIMED.stream().noneMatch(metric.getKey()::contains)) {
          assertThat(found.get(line).get(metric.getKey()))
              .as("%s in line %d", metric.getKey(), line + 1)
              .isCloseTo(value, within(METRICS * Math.max(1, Math.abs(value))));
        }
      }
    }
  }

  private static List<Map<String, Double>> metrics(Path run) throws IOException {
    List<Map<String, Double>> lines = new ArrayList<>();
    for (String line : Files.readAllLines(run.resolve("metrics.jsonl"))) {
      Map<String, Double> values = new TreeMap<>();
      JsonNode node = JsonMapper.shared().readTree(line);
      node.propertyNames().forEach(name -> values.put(name, node.get(name).asDouble()));
      lines.add(values);
    }
    return lines;
  }
}
