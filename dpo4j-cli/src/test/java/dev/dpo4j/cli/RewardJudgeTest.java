/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.FakeEndpoint.Response;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A reward model judges in the place of a model behind an endpoint. */
class RewardJudgeTest {
  @TempDir Path folder;
  private Path judge = Path.of("");
  private Path reference = Path.of("");
  private CapturedConsole console = new CapturedConsole();

  private int run(String... arguments) {
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(arguments);
  }

  @BeforeEach
  void trainAJudge() throws IOException {
    Path model = TinyModel.write(folder);
    reference = model;
    judge = folder.resolve("judge");
    Path pairs =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            "{\"prompt\": \"a\", \"chosen\": \" lantern\", \"rejected\": \" no\"}\n".repeat(4));
    assertThat(
            run(
                "reward",
                "--model_name_or_path=" + model,
                "--dataset_name=" + pairs,
                "--output_dir=" + judge,
                "--max_steps=10",
                "--learning_rate=1e-2",
                "--save_strategy=no"))
        .as(console.err())
        .isZero();
  }

  @Test
  void ofAListOfAnswersThoseOfTheHighestAndTheLowestRewardMakeAPair() throws IOException {
    Path rows =
        Files.writeString(
            folder.resolve("rows.jsonl"),
            """
            {"prompt": "a", "responses": [" no", " lantern", " window"]}
            {"prompt": "the house", "responses": [" same", " same"]}
            """);
    Path output = folder.resolve("judged.jsonl");
    Path pairs = folder.resolve("best.jsonl");
    assertThat(
            run(
                "judge",
                "--data=" + rows,
                "--output=" + output,
                "--pairs=" + pairs,
                "--reward_model_name_or_path=" + judge,
                "--json=true"))
        .as(console.err())
        .isZero();
    List<JsonNode> judged =
        Files.readAllLines(output).stream().map(JsonMapper.shared()::readTree).toList();
    double[] scores =
        IntStream.range(0, 3)
            .mapToDouble(i -> judged.get(0).path("scores").path(i).asDouble())
            .toArray();
    int best = judged.get(0).path("chosen_index").asInt();
    int worst = judged.get(0).path("rejected_index").asInt();
    for (double score : scores) {
      assertThat(score).isBetween(scores[worst], scores[best]);
    }
    assertThat(scores[1]).isGreaterThan(scores[0]);
    assertThat(Files.readAllLines(pairs)).hasSize(1);
    JsonNode report = JsonMapper.shared().readTree(console.out());
    assertThat(report.path("pairs").asInt()).isEqualTo(1);
    assertThat(report.path("comparisons").asInt()).isEqualTo(4);
  }

  @Test
  void synthLetsARewardModelChooseAmongTheAnswersOfAnEndpoint() throws IOException {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "a lantern\na window\n");
    Path output = folder.resolve("made.jsonl");
    try (FakeEndpoint endpoint =
        new FakeEndpoint(
            request -> Response.says(request.time() == 0 ? "in the window" : "no lantern"))) {
      assertThat(
              run(
                  "synth",
                  "--prompts=" + prompts,
                  "--output=" + output,
                  "--base_url=" + endpoint.url(),
                  "--model=writer",
                  "--num_answers=2",
                  "--reward_model_name_or_path=" + judge))
          .as(console.err())
          .isZero();
    }
    assertThat(Files.readAllLines(output)).hasSize(2);
  }

  private int eval(Path model, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "eval",
                "--model_name_or_path=" + model,
                "--ref_model_name_or_path=" + reference,
                "--dataset_name=" + folder.resolve("pairs.jsonl"),
                "--slice_by=language",
                "--samples=3",
                "--sample_max_new_tokens=6",
                "--json=true"));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void evalGivesTheWinRateOfTheModelAgainstItsReferenceByARewardModel() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (String prompt : List.of("a lantern", "the house", "a window")) {
      rows.append(
          "{\"prompt\": \"%s\", \"chosen\": \" so\", \"rejected\": \" no\"}%n".formatted(prompt));
    }
    Files.writeString(folder.resolve("pairs.jsonl"), rows);
    Path other = TinyModel.write(Files.createDirectories(folder.resolve("other")), 2);
    assertThat(eval(other, "--reward_model_name_or_path=" + judge)).as(console.err()).isZero();
    JsonNode report = JsonMapper.shared().readTree(console.out());
    assertThat(report.path("facts").path("judge").asString()).isEqualTo(judge.toString());
    assertThat(report.path("samples").size()).isEqualTo(3);
    double points = 0;
    for (JsonNode sample : report.path("samples")) {
      double own = reward(sample.path("prompt").asString(), sample.path("model").asString());
      double others = reward(sample.path("prompt").asString(), sample.path("other").asString());
      String expected = own == others ? "tie" : own > others ? "first" : "second";
      assertThat(sample.path("outcome").asString()).isEqualTo(expected);
      points += own == others ? 0.5 : own > others ? 1 : 0;
    }
    assertThat(report.path("figures").path("win_rate").path("value").asDouble())
        .isCloseTo(points / 3, within(1e-12)); // a mean of halves, summed in another order
    assertThat(eval(reference, "--reward_model_name_or_path=" + judge)).as(console.err()).isZero();
    JsonNode itself = JsonMapper.shared().readTree(console.out()).path("figures");
    assertThat(itself.path("win_rate").path("value").asDouble())
        .as("against itself")
        .isEqualTo(0.5);
  }

  /** The reward of a single answer, as score finds it. */
  private double reward(String prompt, String answer) throws IOException {
    Path row = folder.resolve("row.jsonl");
    Files.writeString(
        row,
        JsonMapper.shared().writeValueAsString(Map.of("prompt", prompt, "completion", answer)));
    Path scored = folder.resolve("scored.jsonl");
    Files.deleteIfExists(scored);
    assertThat(
            run(
                "score",
                "--model_name_or_path=" + judge,
                "--dataset_name=" + row,
                "--rows=answers",
                "--output=" + scored))
        .as(console.err())
        .isZero();
    return JsonMapper.shared().readTree(Files.readString(scored)).path("score").asDouble();
  }

  @Test
  void evalRefusesARewardModelThatJudgesNothingOrIsNone() {
    assertThat(
            run(
                "eval",
                "--model_name_or_path=" + reference,
                "--ref_model_name_or_path=" + reference,
                "--dataset_name=" + folder.resolve("pairs.jsonl"),
                "--reward_model_name_or_path=" + judge))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("reward_model_name_or_path", "without samples");
    assertThat(eval(reference, "--reward_model_name_or_path=" + judge, "--judge_model=m"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("judge_model", "with reward_model_name_or_path");
    assertThat(eval(reference, "--reward_model_name_or_path=" + reference))
        .isEqualTo(ExitCode.MODEL.code());
    assertThat(console.err())
        .contains("a language model, expected a reward model")
        .doesNotContain("loading");
  }

  @Test
  void whatOnlyAnEndpointReadsIsRefusedBesideARewardModel() throws IOException {
    Path rows = Files.writeString(folder.resolve("r.jsonl"), "{\"prompt\": \"a\"}\n");
    assertThat(
            run(
                "judge",
                "--data=" + rows,
                "--output=" + folder.resolve("o.jsonl"),
                "--judge_model=m",
                "--reward_model_name_or_path=" + judge))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("judge_model", "reward_model_name_or_path");
  }
}
