/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DataDoctorCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  private final Path folder;
  private final Path sick;
  private final Path sound;
  private CapturedConsole console = new CapturedConsole();

  DataDoctorCommandTest(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.sick =
        Files.writeString(
            folder.resolve("sick.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            {"prompt": "the same", "chosen": " same", "rejected": " same"}
            {"prompt": "a lantern", "chosen": " somewhere", "rejected": " in the window"}
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            """);
    this.sound =
        Files.writeString(
            folder.resolve("sound.jsonl"),
            """
            {"prompt": "窗边", "chosen": "的灯笼", "rejected": "随便"}
            """);
  }

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  @Test
  void theTableNamesFindingsRowsAndRemedies() {
    assertThat(run("data", "doctor", sick.toString())).isZero();
    assertThat(console.out())
        .contains("sick.jsonl: 4 rows, 2 prompts; 2 errors, 1 warnings, 0 notes")
        .containsPattern("error +identical_answers +1 +25\\.00 % +\\S*sick.jsonl:2")
        .containsPattern("sick.jsonl:4 +repeats \\S*sick.jsonl:1")
        .contains("what to do: Judge the pair again");
    assertThat(console.err()).isEmpty();
  }

  @Test
  void failOnDecidesTheExitCode() {
    assertThat(run("data", "doctor", sick.toString(), "--fail_on", "error")).isEqualTo(3);
    assertThat(console.out()).contains("contradiction");
    assertThat(run("data", "doctor", sound.toString(), "--fail_on", "warning")).isZero();
    assertThat(
            run("data", "doctor", sound.toString(), "--eval", sound.toString(), "--fail_on=error"))
        .isEqualTo(3);
    assertThat(console.out()).contains("leak_pair");
    assertThat(
            run(
                "data",
                "doctor",
                sick.toString(),
                "--dataset_train_split=train[:1]",
                "--dataset_test_split=train[3:]"))
        .isZero();
    assertThat(console.out()).contains("leak_pair");
    assertThat(run("data", "doctor", sound.toString(), "--fail_on", "info")).isEqualTo(2);
    assertThat(run("data", "doctor", folder.resolve("none.jsonl").toString())).isEqualTo(3);
  }

  @Test
  void jsonPageAndCopyHoldTheSameFindings() throws IOException {
    Path page = folder.resolve("report.html");
    Path copy = folder.resolve("fixed.jsonl");
    assertThat(
            run(
                "data",
                "doctor",
                sick.toString(),
                "--json",
                "--html",
                page.toString(),
                "--fix",
                copy.toString(),
                "--examples",
                "1"))
        .isZero();
    JsonNode report = JSON.readTree(console.out());
    assertThat(report.get("errors").asInt()).isEqualTo(2);
    JsonNode first = report.get("findings").get(0);
    assertThat(first.get("id").asString()).isEqualTo("identical_answers");
    assertThat(first.get("examples").get(0).get("row").asInt()).isEqualTo(1);
    assertThat(report.get("repair").get("dropped").asInt()).isEqualTo(2);
    assertThat(Files.readAllLines(copy)).hasSize(2);
    assertThat(Files.readAllLines(folder.resolve("fixed.changes.jsonl"))).hasSize(2);
    String html = Files.readString(page);
    report
        .get("findings")
        .forEach(found -> assertThat(html).contains("<code>" + found.get("id").asString() + "<"));
    assertThat(html).startsWith("<!DOCTYPE html>").doesNotContain("<script").endsWith("</html>\n");
  }

  @Test
  void aModelAddsTokensAndScores() throws IOException {
    Path model = TinyModel.write(folder);
    assertThat(
            run(
                "data",
                "doctor",
                sound.toString(),
                "--model",
                model.toString(),
                "--max_length",
                "3"))
        .isZero();
    assertThat(console.out()).containsAnyOf("prompt_too_long", "answer_cut");
    assertThat(
            run(
                "data",
                "doctor",
                sick.toString(),
                "--model_name_or_path",
                model.toString(),
                "--score",
                "--json"))
        .isZero();
    JsonNode report = JSON.readTree(console.out());
    // The pair without a difference is not scored.
    assertThat(report.get("facts").get("reference").get("pairs").asInt()).isEqualTo(3);
    assertThat(report.get("facts").get("reference").get("logps_chosen").asDouble()).isNegative();
    assertThat(report.get("noise").get("reason").asString()).contains("200 pairs");
  }

  @Test
  void optionsWithoutEffectAreFaults() {
    assertThat(
            run(
                "data",
                "doctor",
                sound.toString(),
                "--max_length",
                "64",
                "--score",
                "true",
                "--bf16",
                "true",
                "--swap_flipped",
                "true"))
        .isEqualTo(2);
    assertThat(console.err())
        .contains(
            "max_length: has no effect without model_name_or_path",
            "score: has no effect without model_name_or_path",
            "swap_flipped: has no effect without fix");
    assertThat(run("data", "doctor", sound.toString(), "--bf16", "true")).isEqualTo(2);
    assertThat(console.err()).contains("bf16: has no effect without score");
    assertThat(run("data", "doctor", sound.toString(), "--near", "0")).isEqualTo(2);
    assertThat(run("data", "doctor")).isEqualTo(2);
    assertThat(console.err()).contains("dataset_name: is missing");
  }

  @Test
  void aPageOrACopyTakesThePlaceOfNothingElse() throws IOException {
    Path notes = Files.writeString(folder.resolve("notes.html"), "my notes");
    for (String[] flags :
        new String[][] {
          {"--html", notes.toString()}, {"--html", sick.toString()},
          {"--fix", notes.toString()}, {"--fix", sick.toString()},
        }) {
      String rows = Files.readString(sick);
      assertThat(run("data", "doctor", sick.toString(), flags[0], flags[1])).isEqualTo(2);
      assertThat(console.err()).contains(flags[1]);
      assertThat(notes).hasContent("my notes");
      assertThat(Files.readString(sick)).isEqualTo(rows);
    }
    Path copy = folder.resolve("copy.jsonl");
    for (int again = 0; again < 2; again++) {
      assertThat(run("data", "doctor", sick.toString(), "--fix", copy.toString())).isNotEqualTo(2);
      assertThat(copy).exists();
    }
  }

  @Test
  void thePageCanBeInChinese() throws IOException {
    Path data =
        Files.writeString(
            folder.resolve("same.jsonl"),
            "{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"b\"}\n");
    Path page = folder.resolve("report.html");
    assertThat(run("data", "doctor", data.toString(), "--html", page.toString(), "--lang", "zh"))
        .isZero();
    assertThat(page)
        .content()
        .contains("<html lang=\"zh-Hans\">", "chosen 与 rejected 相同", "发现的问题")
        .doesNotContain("Findings");
    assertThat(run("data", "doctor", data.toString(), "--html", page.toString(), "--lang", "fr"))
        .isEqualTo(2);
    assertThat(console.err()).contains("must be en or zh but was \"fr\"");
  }
}
