/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DpoCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path folder;
  private final Path model;
  private final Path data;
  private CapturedConsole console = new CapturedConsole();

  DpoCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.model = TinyModel.write(folder);
    this.data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            {"prompt": "a window", "chosen": " with a lantern", "rejected": " no idea"}
            {"prompt": "窗边", "chosen": "的灯笼", "rejected": "随便"}
            {"prompt": "灯笼", "chosen": "在窗边", "rejected": "没听过"}
            """);
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  private int dpo(Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "dpo",
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--output_dir=" + output,
                "--per_device_train_batch_size=2",
                "--max_length=64",
                "--logging_steps=1"));
    if (Arrays.stream(more).noneMatch(option -> option.startsWith("--learning_rate"))) {
      arguments.add("--learning_rate=1e-3");
    }
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void aRunLeavesAModelItsMetricsAndAConfigThatRunsAgain() throws IOException {
    Path first = folder.resolve("first");
    assertThat(dpo(first, "--max_steps=3")).as(console.err()).isZero();
    assertThat(console.out())
        .startsWith("trained 3 steps")
        .contains(
            "tokens/s", "peak memory", first.toString(), "dpo4j generate --model_name_or_path ");
    assertThat(console.err())
        .contains("4 rows read, 4 kept", "plan\n", "3 of 2 pairs", "step 3/3", "loss 0.");
    List<String> metrics = Files.readAllLines(first.resolve("metrics.jsonl"));
    assertThat(metrics).hasSize(3);
    assertThat(JSON.readTree(metrics.get(0)).get("loss").asDouble()).isBetween(0.693, 0.694);
    assertThat(first).isDirectoryContaining("glob:**trainer_state.json");

    Path second = folder.resolve("second");
    String config = first.resolve("config.yaml").toString();
    assertThat(run("dpo", "--config", config, "--output_dir", second.toString()))
        .as(console.err())
        .isZero();
    assertThat(second.resolve("model.safetensors"))
        .hasSameBinaryContentAs(first.resolve("model.safetensors"));
  }

  @Test
  void aFileOfHeldOutRowsIsReadWhole() {
    int code =
        dpo(
            folder.resolve("out"),
            "--max_steps=2",
            "--eval_dataset=" + data,
            "--eval_steps=1",
            "--dataset_train_split=train[0:2]");
    assertThat(code).as(console.err()).isZero();
    assertThat(console.err()).contains("2 pairs, 4 held out", "step 1  eval_loss");
    assertThat(console.out()).contains("eval_rewards/accuracies");
    JsonNode history =
        JSON.readTree(folder.resolve("out/trainer_state.json").toFile()).get("log_history");
    assertThat(history.get(1).propertyNames())
        .contains(
            "eval_runtime", "eval_samples_per_second", "eval_steps_per_second", "eval_num_tokens");
    assertThat(history.get(history.size() - 1).propertyNames())
        .containsExactly(
            "epoch",
            "step",
            "total_flos",
            "train_loss",
            "train_runtime",
            "train_samples_per_second",
            "train_steps_per_second");
  }

  @Test
  void theLogOfTheSameRunIsTheSameToTheByte() {
    String[] options = {"--max_steps=3", "--eval_dataset=" + data, "--eval_steps=1"};
    dpo(folder.resolve("a"), options);
    dpo(folder.resolve("b"), options);
    assertThat(folder.resolve("b/metrics.jsonl"))
        .hasSameBinaryContentAs(folder.resolve("a/metrics.jsonl"))
        .content()
        .contains("eval_loss")
        .doesNotContain("_runtime");
  }

  @Test
  void aLossThatIsNotFiniteStopsTheRunAndSavesTheStepBefore() throws IOException {
    // The constant schedule: the rate of step 1 must not depend on the number of steps.
    Path good = folder.resolve("good");
    String[] huge = {"--learning_rate=1e30", "--lr_scheduler_type=constant"};
    assertThat(dpo(good, "--max_steps=1", huge[0], huge[1])).as(console.err()).isZero();
    Path output = folder.resolve("out");
    assertThat(dpo(output, "--max_steps=4", huge[0], huge[1])).isEqualTo(1);
    assertThat(console.err())
        .containsPattern("error: The (loss|norm of the gradient) is \\S+ at step 2, rows \\[\\d")
        .contains("were saved", "learning_rate");
    assertThat(output.resolve("model.safetensors"))
        .hasSameBinaryContentAs(good.resolve("model.safetensors"));
    assertThat(Files.readAllLines(output.resolve("metrics.jsonl"))).hasSize(1);
    JsonNode state = JSON.readTree(output.resolve("trainer_state.json").toFile());
    assertThat(state.get("global_step").asInt()).isEqualTo(1);
    assertThat(state.get("log_history").size()).isEqualTo(1);
  }

  @Test
  void aTruncatedModelIsRefusedByNameBeforeAnythingIsTrained() throws IOException {
    Path weights = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));
    Path output = folder.resolve("out");
    assertThat(dpo(output, "--max_steps=1")).isEqualTo(4);
    assertThat(console.err()).contains(weights.toString());
    assertThat(output).doesNotExist();
  }

  @Test
  void anOutputFolderThatIsNotEmptyIsRefusedBeforeAnythingIsRead() throws IOException {
    Path output = Files.createDirectories(folder.resolve("out"));
    Path precious = Files.writeString(output.resolve("precious.txt"), "x");
    assertThat(dpo(output, "--max_steps=1")).isEqualTo(2);
    assertThat(console.err()).contains("precious.txt", "overwrite_output_dir");
    assertThat(console.err()).doesNotContain("rows read");
    assertThat(dpo(output, "--max_steps=1", "--overwrite_output_dir")).isZero();
    assertThat(precious).hasContent("x");
  }

  @Test
  void aWrongConfigIsReportedWholeAndWritesNothing() {
    Path output = folder.resolve("out");
    assertThat(dpo(output, "--beta=0", "--lr_scheduler_typ=cosine", "--seed=x")).isEqualTo(2);
    assertThat(console.err())
        .contains(
            "3 faults",
            "beta: must be greater than 0 but was 0",
            "did you mean lr_scheduler_type?");
    assertThat(output).doesNotExist();
    assertThat(run("dpo")).isEqualTo(2);
    assertThat(console.err())
        .contains("model_name_or_path: is missing", "dataset_name: is missing", "output_dir");
  }

  @Test
  void badDataAndModelsHaveTheirCodes() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.jsonl"), "{\"prompt\": \"x\"}\n");
    assertThat(dpo(folder.resolve("a"), "--dataset_train_split=dev")).isEqualTo(3);
    data.toFile().delete();
    Files.move(broken, data);
    assertThat(dpo(folder.resolve("b"))).isEqualTo(3);
    assertThat(console.err()).contains("pairs.jsonl", "chosen");
    Files.delete(model.resolve("tokenizer.json"));
    assertThat(dpo(folder.resolve("c"))).isEqualTo(4);
  }

  @Test
  void generateAnswersThroughTheTemplateAndFromIds() {
    String name = "--model_name_or_path=" + model;
    assertThat(run("generate", name, "--prompt", "a", "--max_new_tokens", "3", "--json"))
        .as(console.err())
        .isZero();
    JsonNode answer = JSON.readTree(console.out());
    assertThat(answer.get("token_ids").size()).isBetween(0, 3);
    assertThat(answer.get("text").isString()).isTrue();
    String[] raw = {
      "generate", name, "--prompt_ids", "5,17", "--ignore_eos", "true", "--max_new_tokens", "4"
    };
    assertThat(run(raw)).as(console.err()).isZero();
    assertThat(console.out()).endsWith("\n");
  }

  @Test
  void generateRefusesWhatHasNoEffectOrNoMeaning() {
    String name = "--model_name_or_path=" + model;
    assertThat(run("generate", name)).isEqualTo(2);
    assertThat(console.err()).contains("prompt: is missing");
    assertThat(run("generate", name, "--prompt=x", "--prompt_ids=1", "--top_k=5")).isEqualTo(2);
    assertThat(console.err()).contains("prompt: has no effect with prompt_ids", "top_k");
    assertThat(run("generate", name, "--prompt_ids=99999999")).isEqualTo(2);
    assertThat(console.err()).contains("size of the vocabulary");
  }
}
