/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.FakeEndpoint.Request;
import dev.dpo4j.cli.FakeEndpoint.Response;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command synth against an endpoint on loopback. */
class SynthCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;
  private Path prompts = Path.of("");

  @BeforeEach
  void writePrompts() throws IOException {
    prompts = Files.writeString(folder.resolve("prompts.txt"), "one\ntwo\nthree\n");
  }

  /** Writers say who they are and how often they were asked; the judge prefers longer answers. */
  private static Response brain(Request request) {
    if (request.judges()) {
      int difference = request.shown("A").length() - request.shown("B").length();
      return Response.verdict(difference == 0 ? "tie" : difference > 0 ? "A" : "B");
    }
    if (request.model().equals("weak")) {
      return Response.says("short");
    }
    if (request.system().contains("weaker assistant")) {
      return Response.says("degraded " + request.user());
    }
    return Response.says("strong answer to " + request.user() + "!".repeat(request.time()));
  }

  private CapturedConsole run(int expected, FakeEndpoint endpoint, String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.add("synth");
    arguments.add(prompts.toString());
    arguments.add("--output=" + folder.resolve("pairs.jsonl"));
    arguments.add("--base_url=" + endpoint.url());
    arguments.add("--model=strong");
    arguments.add("--retry_delay=0.01");
    arguments.add("--json");
    arguments.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    Cli cli = new Cli(console.console(), new Interruption(), Map.of());
    int code = cli.execute(arguments.toArray(String[]::new));
    assertThat(code).as(console.err()).isEqualTo(expected);
    return console;
  }

  private List<JsonNode> pairs() throws IOException {
    return Files.readAllLines(folder.resolve("pairs.jsonl")).stream()
        .map(line -> JSON.readTree(line))
        .toList();
  }

  @Test
  void ofSeveralAnswersTheBestIsSetAgainstTheWorst() throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(SynthCommandTest::brain)) {
      JsonNode report = JSON.readTree(run(0, endpoint, "--num_answers=3").out());
      assertThat(report.get("pairs").asInt()).isEqualTo(3);
      // 3 prompts, 3 answers each, 3 pairs of answers in 2 orders.
      assertThat(endpoint.paidInAll()).isEqualTo(9 + 18);
      assertThat(pairs().get(0).get("chosen").asString()).isEqualTo("strong answer to one!!");
      assertThat(pairs().get(0).get("rejected").asString()).isEqualTo("strong answer to one");
      byte[] first = Files.readAllBytes(folder.resolve("pairs.jsonl"));
      JsonNode again = JSON.readTree(run(0, endpoint, "--num_answers=3").out());
      assertThat(again.get("new_replies").asInt()).isZero();
      assertThat(endpoint.paidInAll()).isEqualTo(27);
      assertThat(Files.readAllBytes(folder.resolve("pairs.jsonl"))).isEqualTo(first);
    }
  }

  @Test
  void aStrongAnswerIsSetAgainstThatOfAWeakerModel() throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(SynthCommandTest::brain);
        FakeEndpoint weak = new FakeEndpoint(SynthCommandTest::brain)) {
      run(
          0,
          endpoint,
          "--mode=contrast",
          "--weak_model=weak",
          "--weak_base_url=" + weak.url(),
          "--judge_model=judge");
      assertThat(weak.paidInAll()).isEqualTo(3);
      assertThat(pairs()).hasSize(3);
      assertThat(pairs().get(2).get("chosen").asString()).isEqualTo("strong answer to three");
      assertThat(pairs().get(2).get("rejected").asString()).isEqualTo("short");
    }
  }

  @Test
  void theModelItselfCanBeAskedToDoWorse() throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(SynthCommandTest::brain)) {
      run(0, endpoint, "--mode=contrast", "--rejected_from=degraded", "--verify=false");
      assertThat(endpoint.paidInAll()).isEqualTo(6);
      assertThat(pairs().get(0).get("rejected").asString()).isEqualTo("degraded one");
    }
  }

  @Test
  void theAnswerOfTheRowCanBeTheRejectedOne() throws IOException {
    prompts =
        Files.writeString(
            folder.resolve("rows.jsonl"),
            "{\"prompt\": [{\"role\": \"user\", \"content\": \"q\"}], \"responses\": [\"own\"]}\n");
    try (FakeEndpoint endpoint = new FakeEndpoint(SynthCommandTest::brain)) {
      run(0, endpoint, "--mode=contrast", "--rejected_from=given");
      JsonNode pair = pairs().get(0);
      assertThat(pair.get("rejected").get(0).get("content").asString()).isEqualTo("own");
      assertThat(pair.get("chosen").get(0).get("content").asString())
          .isEqualTo("strong answer to q");
      prompts = Files.writeString(folder.resolve("bare.txt"), "q\n");
      assertThat(run(3, endpoint, "--mode=contrast", "--rejected_from=given").err())
          .contains("bare.txt, line 1: has no answer that could be the rejected one");
    }
  }

  @Test
  void pairsThatTheJudgeDoesNotConfirmAreDroppedAndCounted() throws IOException {
    FakeEndpoint.Brain brain =
        request -> {
          if (request.judges()) {
            boolean three = request.user().contains("three");
            return three ? Response.verdict("A") : brain(request);
          }
          // The weaker model is the better one for "two".
          boolean better = request.model().equals("weak") && request.user().equals("two");
          return better ? Response.says("x".repeat(500)) : brain(request);
        };
    try (FakeEndpoint endpoint = new FakeEndpoint(brain)) {
      JsonNode report =
          JSON.readTree(run(0, endpoint, "--mode=contrast", "--weak_model=weak").out());
      assertThat(report.get("pairs").asInt()).isEqualTo(1);
      assertThat(report.get("dropped").get("tie, or the orders disagree").asInt()).isEqualTo(1);
      assertThat(
              report
                  .get("dropped")
                  .get("the judge prefers the answer that was to be rejected")
                  .asInt())
          .isEqualTo(1);
    }
  }

  @Test
  void answersThatWereCutOffOrAreEqualAreNotUsed() throws IOException {
    FakeEndpoint.Brain brain =
        request ->
            request.judges()
                ? brain(request)
                : request.user().equals("one")
                    ? Response.says("and so", "length")
                    : Response.says("<think>hm</think>the same");
    try (FakeEndpoint endpoint = new FakeEndpoint(brain)) {
      JsonNode report = JSON.readTree(run(1, endpoint, "--num_answers=2").out());
      assertThat(report.get("dropped").get("an answer was cut off at max_tokens").asInt())
          .isEqualTo(1);
      assertThat(report.get("dropped").get("all answers are equal").asInt()).isEqualTo(2);
      assertThat(pairs()).isEmpty();
    }
  }

  @Test
  void optionsWithoutEffectAreRefused() throws IOException {
    try (FakeEndpoint endpoint = new FakeEndpoint(SynthCommandTest::brain)) {
      assertThat(run(2, endpoint, "--weak_model=weak").err())
          .contains("weak_model: has no effect with best_of_n");
      assertThat(run(2, endpoint, "--mode=contrast").err()).contains("weak_model: is missing");
      assertThat(run(2, endpoint, "--mode=contrast", "--weak_model=w", "--num_answers=3").err())
          .contains("num_answers: has no effect with contrast");
      assertThat(
              run(
                      2,
                      endpoint,
                      "--mode=contrast",
                      "--weak_model=w",
                      "--verify=false",
                      "--judge_model=j")
                  .err())
          .contains("judge_model: has no effect without a judge");
      assertThat(endpoint.requests()).isZero();
    }
  }
}
