/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.hub.FakeRepos;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Data sets of a Hub on loopback, as mixtures and dataset_info.json name them. */
class HubDataTest {
  @TempDir private Path folder;
  private FakeRepos repos;
  private Path model = Path.of("");
  private CapturedConsole console = new CapturedConsole();
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void start() throws IOException {
    repos = new FakeRepos();
    environment.put("HF_ENDPOINT", repos.hub().address());
    environment.put("HF_HOME", folder.resolve("hf home").toString());
    model = TinyModel.write(folder);
    repos
        .dataset("org/first")
        .commit("main", Map.of("train.jsonl", rows("prompt", 4), "test.jsonl", rows("prompt", 2)));
    repos.dataset("org/second").commit("main", Map.of("train.jsonl", rows("question", 6)));
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  private static byte[] rows(String prompt, int count) {
    StringBuilder text = new StringBuilder();
    IntStream.range(0, count)
        .forEach(
            i ->
                text.append(
                    "{\"%s\": \"lantern %d\", \"chosen\": \" in window\", \"rejected\": \" x\"}\n"
                        .formatted(prompt, i)));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private int train(String yaml) throws IOException {
    Path file = Files.writeString(folder.resolve("run.yaml"), yaml);
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption(), environment)
        .execute(
            "dpo",
            "--config=" + file,
            "--model_name_or_path=" + model,
            "--output_dir=" + folder.resolve("out"),
            "--save_strategy=no");
  }

  @Test
  void aMixtureTakesSharesOfDataSetsOfTheHub() throws IOException {
    int code =
        train(
            """
            num_train_epochs: 1
            per_device_train_batch_size: 1
            dataset_mixture:
              datasets:
                - id: org/first
                  split: train
                  columns: [prompt, chosen, rejected]
                  weight: 0.5
                - id: org/second
                  columns: {prompt: question, chosen: chosen, rejected: rejected}
              seed: 0
            """);
    assertThat(code).as(console.err()).isZero();
    assertThat(Files.readString(folder.resolve("out/run.json"))).contains("\"steps\" : 8");
    assertThat(Files.readString(folder.resolve("out/config.yaml"))).contains("dataset_mixture: {");
    assertThat(repos.hub().requests("GET", "/datasets/org/first/resolve/main/test.jsonl"))
        .as("only the split that is asked for is fetched")
        .isEmpty();
  }

  @Test
  void anEntryOfDatasetInfoIsTakenFromTheHub() throws IOException {
    Files.writeString(
        folder.resolve("dataset_info.json"),
        """
        {"remote": {"hf_hub_url": "org/second", "ranking": true, "num_samples": 3,
                    "columns": {"prompt": "question", "chosen": "chosen", "rejected": "rejected"}}}
        """);
    int code =
        train(
            """
            stage: dpo
            finetuning_type: full
            dataset: remote
            dataset_dir: %s
            num_train_epochs: 1
            per_device_train_batch_size: 1
            """
                .formatted(folder));
    assertThat(code).as(console.err()).isZero();
    assertThat(Files.readString(folder.resolve("out/run.json"))).contains("\"steps\" : 3");
  }

  @Test
  void aDataSetThatIsNotThereIsNamedBeforeAnythingIsWritten() throws IOException {
    int code = train("dataset_mixture: {datasets: [{id: org/absent}]}");
    assertThat(code).isNotZero();
    assertThat(console.err()).contains("org/absent");
    assertThat(folder.resolve("out")).doesNotExist();
  }
}
