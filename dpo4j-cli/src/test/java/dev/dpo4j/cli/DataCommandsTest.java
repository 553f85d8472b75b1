/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DataCommandsTest {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path folder;
  private final Path model;
  private final Path data;
  private CapturedConsole console = new CapturedConsole();

  DataCommandsTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.model = TinyModel.write(folder);
    this.data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            {"prompt": "the same", "chosen": " same", "rejected": " same"}
            {"prompt": "窗边", "chosen": "的灯笼", "rejected": "随便"}
            """);
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  @Test
  void inspectShowsWhatTrainingWouldMakeOfTheData() {
    String name = model.toString();
    assertThat(run("data", "inspect", data.toString(), "--model_name_or_path", name)).isZero();
    assertThat(console.out()).contains("3 rows read, 3 kept", "chosen equal to rejected");
    assertThat(
            run(
                "data",
                "inspect",
                "--dataset-name=" + data,
                "--model-name-or-path=" + name,
                "--json",
                "--drop_identical_pairs",
                "--rows",
                "0,2"))
        .isZero();
    JsonNode report = JSON.readTree(console.out());
    assertThat(report.get("rows_kept").asInt()).isEqualTo(2);
    assertThat(report.get("rows")).hasSize(2);
    assertThat(report.get("rows").get(1).get("chosen_text").asString()).contains("窗边的灯笼");
  }

  @Test
  void inspectShowsTheViewOfEveryMethod() {
    String name = "--model_name_or_path=" + model;
    String file = data.toString();
    assertThat(run("data", "inspect", file, name, "--method=sft", "--rows=2")).isZero();
    assertThat(console.out())
        .contains("3 rows read, 3 kept", "row 2 (", "learnt: ", "窗边的灯笼")
        .doesNotContain("随便");
    assertThat(run("data", "inspect", file, name, "--method=kto", "--rows=0", "--json")).isZero();
    JsonNode rows = JSON.readTree(console.out()).get("rows");
    assertThat(rows.findValuesAsString("label")).containsExactly("true", "false");
    assertThat(rows.get(1).get("text").asString()).startsWith("a lantern somewhere");
    assertThat(run("data", "inspect", file, name, "--method=kto", "--drop_identical_pairs"))
        .isEqualTo(2);
    assertThat(console.err()).contains("drop_identical_pairs");
  }

  @Test
  void inspectShowsThePairsOfListsOfAnswersWithTheirScores() throws IOException {
    Path ranked =
        Files.writeString(
            folder.resolve("ranked.jsonl"),
            """
            {"prompt": "a lantern", "responses": [" no", " in the window", " no idea"], "scores": [2, 9, 2]}
            """);
    String[] arguments = {
      "data",
      "inspect",
      ranked.toString(),
      "--model_name_or_path=" + model,
      "--ranked_pairs=all",
      "--rows=0",
      "--json"
    };
    assertThat(run(arguments)).isZero();
    JsonNode report = JSON.readTree(console.out());
    assertThat(report.get("rows_read").asInt()).isEqualTo(3);
    assertThat(report.get("rows_kept").asInt()).isEqualTo(2);
    assertThat(report.get("dropped").get("tied").get("count").asInt()).isEqualTo(1);
    assertThat(report.get("noted").get("from_ranked_list").get("count").asInt()).isEqualTo(3);
    assertThat(report.get("rows").get(0).get("score_chosen").asDouble()).isEqualTo(9);
    assertThat(report.get("rows").get(0).get("chosen_text").asString()).contains("in the window");
  }

  @Test
  void dataSetsOfADescriptionTakeThePlaceOfAFile() throws IOException {
    Files.writeString(
        folder.resolve("dataset_info.yaml"),
        """
        talk:
          file_name: talk.json
          formatting: sharegpt
          ranking: true
          columns: {messages: conversations, chosen: chosen, rejected: rejected}
        """);
    Files.writeString(
        folder.resolve("talk.json"),
        """
        [{"conversations": [{"from": "human", "value": "a lantern"}],
          "chosen": {"from": "gpt", "value": "in the window"}, "rejected": {"from": "gpt", "value": "no"}}]
        """);
    String name = "--model_name_or_path=" + model;
    String place = "--dataset_dir=" + folder;
    assertThat(run("data", "inspect", name, "--dataset=talk", place, "--rows=0")).isZero();
    assertThat(console.out()).contains("talk: 1 rows read, 1 kept", "talk.json, line 1");
    assertThat(run("data", "inspect", name, "--dataset=talk,walk", place)).isEqualTo(2);
    assertThat(console.err()).contains("walk: is not described there");
    assertThat(run("data", "inspect", name)).isEqualTo(2);
    assertThat(console.err()).contains("dataset_name: is missing");
    String output = "--output_dir=" + folder.resolve("out");
    assertThat(run("dpo", name, "--dataset=talk", place, output, "--max_steps=1")).isZero();
    JsonNode proof = JSON.readTree(folder.resolve("out/run.json"));
    assertThat(proof.get("inputs").propertyNames()).contains("dataset_info", "talk");
    assertThat(run("dpo", name, "--dataset=talk", place, output + "2", "--eval_steps=1"))
        .isEqualTo(2);
    assertThat(console.err()).contains("eval_dataset: is missing: with dataset, name the data");
  }

  @Test
  void logpsPrintsOneJsonLineForEveryRowThatIsKept() {
    assertThat(
            run(
                "logps",
                "--model_name_or_path",
                model.toString(),
                "--dataset_name",
                data.toString(),
                "--max_length",
                "64",
                "--json"))
        .isZero();
    List<JsonNode> lines = console.out().lines().map(JSON::readTree).toList();
    assertThat(lines).extracting(line -> line.get("row").asInt()).containsExactly(0, 1, 2);
    JsonNode first = lines.get(0);
    assertThat(first.propertyNames())
        .containsExactly(
            "row", "prompt_ids", "chosen_ids", "rejected_ids", "chosen_logp", "rejected_logp");
    // A fresh model finds all tokens about equally likely, a quarter more or less.
    double uniform = -Math.log(vocabulary()) * first.get("chosen_ids").size();
    assertThat(first.get("chosen_logp").asDouble()).isCloseTo(uniform, within(-0.25 * uniform));
    assertThat(lines.get(1).get("chosen_logp")).isEqualTo(lines.get(1).get("rejected_logp"));
    assertThat(console.err()).contains("3 rows read");
  }

  private int vocabulary() {
    return JSON.readTree(model.resolve("config.json")).get("vocab_size").asInt();
  }

  @Test
  void aConfigFileHoldsTheSameKeysAndFlagsWin() throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("run.yaml"),
            "model_name_or_path: '"
                + model
                + "'\ndataset_name: '"
                + data
                + "'\ndataset_train_split: train[0:1]\n");
    assertThat(run("logps", "--json", "--config", config.toString())).isZero();
    assertThat(console.out().lines()).hasSize(1);
    assertThat(run("logps", "--config=" + config, "--dataset_train_split=train[1:3]")).isZero();
    assertThat(console.out().lines()).hasSize(3);
  }

  @Test
  void everyFaultOfTheCommandLineComesAtOnce() {
    assertThat(run("logps", "--max_lenght", "5", "--json=maybe")).isEqualTo(2);
    assertThat(console.err())
        .contains(
            "4 faults",
            "max_lenght: is not a key; did you mean max_length? (--max_lenght)",
            "json: expected true or false, found text \"maybe\" (--json)",
            "model_name_or_path: is missing",
            "dataset_name: is missing");
    assertThat(run("logps", "--config", "none.yaml")).isEqualTo(2);
    assertThat(console.err()).contains("no such file: none.yaml");
  }

  @Test
  void helpListsTheKeysWhereverItIsAsked() {
    assertThat(run("logps", "--max_length", "5", "--help")).isZero();
    assertThat(console.out()).contains("dpo4j logps --model_name_or_path X", "--max_length (1024)");
    assertThat(run("data", "inspect", "--help")).isZero();
    assertThat(console.out()).contains("dpo4j data inspect FILE", "--rows");
    assertThat(run("data")).isEqualTo(2);
  }

  @Test
  void badDataIsCodeThreeAndABadModelCodeFour() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.jsonl"), "{\"prompt\": \"x\",\n");
    String name = model.toString();
    assertThat(run("data", "inspect", broken.toString(), "--model_name_or_path", name))
        .isEqualTo(3);
    assertThat(console.err()).startsWith("error: ").contains("broken.jsonl");
    assertThat(run("data", "inspect", data.toString(), "--model_name_or_path", "nowhere"))
        .isEqualTo(4);
    assertThat(console.err()).contains("nowhere");
    Path weights = model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(run("logps", "--model_name_or_path", name, "--dataset_name", data.toString()))
        .isEqualTo(4);
    assertThat(console.err()).contains("model.safetensors");
    assertThat(console.out()).doesNotContain("0 ");
  }
}
