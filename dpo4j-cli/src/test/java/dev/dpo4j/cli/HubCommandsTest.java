/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.HubNames;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.hub.FakeHub;
import dev.dpo4j.hub.FakeRepos;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Names on a Hub on loopback, in the places of folders and files. */
class HubCommandsTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String ROWS =
      """
      {"prompt": "lantern 1", "chosen": " in window", "rejected": " x"}
      {"prompt": "lantern 2", "chosen": " light", "rejected": " y"}
      """;

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
    repos.model("org/tiny").commit("main", files(model, "pytorch_model.bin"));
    Map<String, byte[]> data = new TreeMap<>();
    data.put("train.jsonl", ROWS.getBytes(StandardCharsets.UTF_8));
    data.put("test.jsonl", ROWS.getBytes(StandardCharsets.UTF_8));
    repos.dataset("org/pairs").commit("main", data);
  }

  @AfterEach
  void stop() {
    repos.close();
  }

  private static Map<String, byte[]> files(Path folder, String other) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    files.put(other, new byte[10]);
    try (Stream<Path> list = Files.list(folder)) {
      for (Path file : list.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private int execute(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption(), environment).execute(arguments);
  }

  private Path cached() {
    return folder.resolve("hf home/hub");
  }

  private int train(Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "dpo",
                "--model_name_or_path=org/tiny",
                "--dataset_name=org/pairs",
                "--output_dir=" + output,
                "--max_steps=1",
                "--save_strategy=no"));
    arguments.addAll(List.of(more));
    return execute(arguments.toArray(String[]::new));
  }

  @Test
  void aModelAndDataByNameScoreAsTheirFilesDo() throws IOException {
    Path rows = Files.writeString(folder.resolve("rows.jsonl"), ROWS);
    assertThat(
            execute("logps", "--model_name_or_path=" + model, "--dataset_name=" + rows, "--json"))
        .isZero();
    String expected = console.out();
    assertThat(
            execute("logps", "--model_name_or_path=org/tiny", "--dataset_name=org/pairs", "--json"))
        .as(console.err())
        .isZero();
    assertThat(console.out()).isEqualTo(expected).isNotEmpty();
    assertThat(console.err()).contains("org/tiny: ", "files, ");
    assertThat(repos.store().requests())
        .as("weights of other frameworks are not fetched")
        .hasSize(1);
    environment.put("HF_HUB_OFFLINE", "1");
    repos.hub().forget();
    assertThat(
            execute("logps", "--model_name_or_path=org/tiny", "--dataset_name=org/pairs", "--json"))
        .as(console.err())
        .isZero();
    assertThat(console.out()).isEqualTo(expected);
    assertThat(repos.hub().requests()).isEmpty();
  }

  @Test
  void aRunTakesNamesEvaluatesAndUploads() throws IOException {
    environment.put("HF_TOKEN", "hf_right");
    Path output = folder.resolve("out");
    int code =
        train(
            output,
            "--eval_strategy=steps",
            "--eval_steps=1",
            "--push_to_hub",
            "--hub_model_id=org/trained",
            "--hub_private_repo");
    assertThat(code).as(console.err()).isZero();
    assertThat(console.out()).contains("uploaded   https://hub/x/commit/1");
    assertThat(output.resolve("README.md")).content().contains("base_model: \"org/tiny\"");
    List<String> sent =
        repos
            .hub()
            .requests("POST", "/api/models/org/trained/commit/main")
            .get(0)
            .text()
            .lines()
            .map(line -> JSON.readTree(line).path("value").path("path").asString(""))
            .toList();
    assertThat(sent)
        .contains("README.md", "config.json", "model.safetensors", "tokenizer.json")
        .doesNotContain("config.yaml", "run.json", "trainer_state.json");
    assertThat(repos.hub().requests("POST", "/api/repos/create").get(0).text())
        .contains("\"private\":true");
    List<FakeHub.Request> all = repos.hub().requests();
    assertThat(all.get(all.size() - 1).path()).contains("/commit/");
  }

  @Test
  void anAdapterIsFoundWithItsBaseOnTheHub() throws IOException {
    Path adapter = folder.resolve("adapter");
    assertThat(train(adapter, "--use_peft")).as(console.err()).isZero();
    JsonNode config = JSON.readTree(Files.readString(adapter.resolve("adapter_config.json")));
    assertThat(config.path("base_model_name_or_path").asString()).isEqualTo("org/tiny");
    repos.model("org/adapter").commit("main", files(adapter, "optimizer.bin"));
    assertThat(
            execute(
                "generate",
                "--model_name_or_path=org/adapter",
                "--prompt=lantern",
                "--max_new_tokens=2",
                "--json"))
        .as(console.err())
        .isZero();
    assertThat(JSON.readTree(console.out()).path("token_ids")).hasSizeBetween(0, 2);
  }

  @Test
  void downloadPrintsTheFolderAndLsShowsIt() throws IOException {
    assertThat(
            execute("hub", "download", "org/pairs", "--repo_type", "dataset", "--include", "tr*"))
        .as(console.err())
        .isZero();
    Path snapshot = Path.of(console.out().strip());
    assertThat(snapshot).startsWith(cached());
    assertThat(snapshot.resolve("train.jsonl")).hasContent(ROWS);
    assertThat(snapshot.resolve("test.jsonl")).doesNotExist();
    assertThat(execute("hub", "ls")).isZero();
    assertThat(console.out()).contains("org/pairs", "dataset", "main", "1 of 2");
    assertThat(execute("hub", "ls", "--json")).isZero();
    JsonNode repo = JSON.readTree(console.out()).get(0);
    assertThat(repo.path("name").asString()).isEqualTo("org/pairs");
    assertThat(repo.path("revisions").get(0).path("missing").asInt()).isEqualTo(1);
    assertThat(execute("hub", "ls", "org/pairs", "--repo_type=dataset")).isZero();
    assertThat(console.out()).contains("train.jsonl", "test.jsonl");
  }

  @Test
  void pushUploadsAFolder() throws IOException {
    environment.put("HF_TOKEN", "hf_right");
    assertThat(execute("hub", "push", model.toString(), "mine", "--commit_message", "First"))
        .as(console.err())
        .isZero();
    assertThat(console.out()).isEqualTo("https://hub/x/commit/1\n");
    assertThat(repos.hub().requests("POST", "/api/models/ada/mine/commit/main").get(0).text())
        .contains("\"summary\":\"First\"");
    assertThat(execute("hub", "push", folder.resolve("none").toString(), "mine"))
        .isEqualTo(ExitCode.USAGE.code());
  }

  @Test
  void anUploadThatCannotWorkIsRefusedBeforeTraining() {
    Path output = folder.resolve("out");
    assertThat(train(output, "--push_to_hub")).isEqualTo(ExitCode.MODEL.code());
    assertThat(console.err()).contains("needs a token", "HF_TOKEN");
    assertThat(output.resolve("metrics.jsonl")).doesNotExist();
    assertThat(train(output, "--push_to_hub", "--hub_strategy=every_save"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("hub_strategy", "only end is built");
    assertThat(train(output, "--hub_model_id=a/b")).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("hub_model_id: has no effect without push_to_hub");
    assertThat(train(output, "--push_to_hub", "--hub_token=hf_right"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("hub_token", "set HF_TOKEN");
  }

  @Test
  void keysOfTheHubWithoutEffectAreRefused() throws IOException {
    Path rows = Files.writeString(folder.resolve("rows.jsonl"), ROWS);
    String local = "--model_name_or_path=" + model;
    String data = "--dataset_name=" + rows;
    assertThat(execute("logps", local, data, "--model_revision=v2"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("model_revision: has no effect");
    assertThat(execute("logps", local, data, "--dataset_config=x"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("dataset_config: has no effect");
    assertThat(execute("logps", "--model_name_or_path=org/tiny@main", data, "--model_revision=v2"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("model_revision: is v2, but");
    assertThat(repos.hub().requests()).isEmpty();
  }

  @Test
  void whatTheHubDoesNotHaveEndsWithItsExitCode() {
    assertThat(execute("generate", "--model_name_or_path=org/none", "--prompt=x"))
        .isEqualTo(ExitCode.MODEL.code());
    assertThat(console.err()).contains("there is no org/none on the Hub");
    assertThat(execute("hub", "download", "a--b")).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("is not a name on the Hub");
    assertThat(
            execute(
                "generate", "--model_name_or_path=org/tiny", "--model_revision=v9", "--prompt=x"))
        .isEqualTo(ExitCode.MODEL.code());
    assertThat(console.err()).contains("org/tiny has no revision v9");
  }

  @Test
  void aPathThatExistsWinsOverAName() throws IOException {
    Path own = Path.of("target", "tiny-model");
    Files.createDirectories(own);
    for (Map.Entry<String, byte[]> file : files(model, "other.bin").entrySet()) {
      Files.write(own.resolve(file.getKey()), file.getValue());
    }
    assertThat(HubNames.isName(own.toString())).isFalse();
    assertThat(HubNames.isName("target/no-such-model")).isTrue();
    assertThat(
            execute("generate", "--model_name_or_path=" + own, "--prompt=x", "--max_new_tokens=1"))
        .as(console.err())
        .isZero();
    assertThat(repos.hub().requests()).isEmpty();
  }
}
