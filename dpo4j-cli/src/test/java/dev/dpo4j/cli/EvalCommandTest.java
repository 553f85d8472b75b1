/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvalCommandTest {
  @TempDir private Path folder;
  private Path model;
  private Path reference;
  private Path data;
  private String out = "";
  private String err = "";

  @BeforeEach
  void prepare() throws IOException {
    model = TinyModel.write(Files.createDirectories(folder.resolve("a")), 1);
    reference = TinyModel.write(Files.createDirectories(folder.resolve("b")), 2);
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      rows.append(
          "{\"prompt\": \"lantern %d\", \"chosen\": \" in window %d\", \"rejected\": \" x%d\", \"topic\": \"t%d\", \"good\": %d, \"bad\": 3}\n"
              .formatted(i, i * i, i, i % 2, i));
    }
    data = folder.resolve("pairs.jsonl");
    Files.writeString(data, rows);
  }

  private int eval(String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "eval",
                "--model_name_or_path=" + model,
                "--ref_model_name_or_path=" + reference,
                "--dataset_name=" + data));
    all.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(all.toArray(String[]::new));
    out = console.out();
    err = console.err();
    return code;
  }

  private JsonNode json() {
    return JsonMapper.shared().readTree(out);
  }

  @Test
  void everyFigureHasAnIntervalThatHoldsIt() {
    assertThat(eval("--json=true", "--slice_by=topic,length")).as(err).isZero();
    JsonNode report = json();
    assertThat(report.path("rows").asInt()).isEqualTo(20);
    assertThat(report.path("figures").size()).isGreaterThanOrEqualTo(6);
    report
        .path("figures")
        .properties()
        .forEach(
            figure -> {
              JsonNode found = figure.getValue();
              assertThat(found.path("low").asDouble())
                  .as(figure.getKey())
                  .isLessThanOrEqualTo(found.path("value").asDouble());
              assertThat(found.path("high").asDouble())
                  .isGreaterThanOrEqualTo(found.path("value").asDouble());
            });
    JsonNode topics = report.path("slices").path("topic");
    assertThat(topics.path("t0").path("accuracy").path("rows").asInt()).isEqualTo(10);
    double both =
        (topics.path("t0").path("margin").path("value").asDouble()
                + topics.path("t1").path("margin").path("value").asDouble())
            / 2;
    assertThat(report.path("figures").path("margin").path("value").asDouble())
        .isCloseTo(both, within(1e-9)); // The same numbers, summed in another order.
  }

  @Test
  void aModelThatIsItsOwnReferenceHasNoMargin() {
    reference = model;
    assertThat(eval("--json=true", "--kl_prompts=2", "--kl_max_new_tokens=4")).as(err).isZero();
    assertThat(json().path("figures").path("margin").path("value").asDouble()).isZero();
    assertThat(json().path("figures").path("accuracy").path("value").asDouble()).isZero();
    assertThat(json().path("figures").path("displacement").path("value").asDouble()).isZero();
    assertThat(json().path("figures").path("kl").path("value").asDouble()).isZero();
    assertThat(json().path("figures").path("loss").path("value").asDouble())
        .isCloseTo(Math.log(2), within(1e-12));
  }

  @Test
  void rowsThatAreLeftOutOrCutAreTold() throws IOException {
    Files.writeString(
        data,
        "{\"prompt\": \"lantern lantern lantern lantern lantern\", \"chosen\": \" a\", \"rejected\": \" b\"}\n"
            + "{\"prompt\": \"a\", \"chosen\": \" window window window\", \"rejected\": \" x\"}\n"
            + "{\"prompt\": \"a\", \"chosen\": \" b\", \"rejected\": \" c\"}\n");
    assertThat(eval("--max_length=5")).as(err).isZero();
    assertThat(out)
        .contains("2 rows")
        .contains("rows left out: 1 prompt reaches max_length (5)")
        .contains("rows cut: 1 chosen answer cut");
  }

  @Test
  void klWithoutAReferenceIsRefused() {
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute(
                "eval",
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--kl_prompts=2");
    assertThat(code).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("kl_prompts: has no effect without a reference");
  }

  @Test
  void aSecondModelIsComparedOnTheSameRows() {
    assertThat(eval("--json=true", "--second_model_name_or_path=" + model)).as(err).isZero();
    JsonNode difference = json().path("against_second_model").path("accuracy");
    assertThat(difference.path("value").asDouble()).isZero();
    assertThat(difference.path("p").asDouble()).isEqualTo(1);
  }

  @Test
  void scoresThatRowsHaveAreMeasuredToo() {
    assertThat(eval("--json=true", "--chosen_score_column=good", "--rejected_score_column=bad"))
        .as(err)
        .isZero();
    // Rows 4 to 19 have a better score for the chosen answer.
    assertThat(json().path("figures").path("score_accuracy").path("value").asDouble())
        .isEqualTo(0.8);
  }

  @Test
  void aFigureBelowItsThresholdHasAnExitCodeOfItsOwn() throws IOException {
    Path page = folder.resolve("eval.html");
    Path written = folder.resolve("eval.json");
    assertThat(eval("--fail-under=loss=0.0001", "--html=" + page, "--output=" + written))
        .isEqualTo(ExitCode.BELOW_THRESHOLD.code());
    assertThat(err).contains("loss is ", "above 1.0E-4");
    assertThat(out).contains("accuracy", "95 % interval", "calibration error");
    assertThat(Files.readString(page))
        .contains("Evaluation", "chart-reliability", "default-src 'none'");
    assertThat(JsonMapper.shared().readTree(Files.readString(written)).path("rows").asInt())
        .isEqualTo(20);
    assertThat(eval("--fail_under=accuracy=0,loss=100")).as(err).isZero();
  }

  @Test
  void aThresholdThatNothingIsComparedWithIsRefused() {
    assertThat(eval("--fail_under=precision=0.5")).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("precision", "there are accuracy");
    assertThat(eval("--fail_under=accuracy>0.5")).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("accuracy=0.6");
  }

  @Test
  void whatCannotBeMeasuredIsRefusedWithTheReason() throws IOException {
    assertThat(eval("--slice_by=subject")).isEqualTo(ExitCode.DATA.code());
    assertThat(err).contains("no row has the column \"subject\"");
    assertThat(eval("--chosen_score_column=good")).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("rejected_score_column");
    Files.writeString(data, "");
    assertThat(eval()).isEqualTo(ExitCode.DATA.code());
  }

  @Test
  void answersStandSideBySideAndAJudgeComparesThemInBothOrders() throws IOException {
    // Only the length of an answer counts, so that the place does not.
    try (FakeEndpoint endpoint =
        new FakeEndpoint(
            request -> {
              int a = request.shown("A").length();
              int b = request.shown("B").length();
              return FakeEndpoint.Response.verdict(a == b ? "tie" : a > b ? "A" : "B");
            })) {
      Path replies = folder.resolve("replies.jsonl");
      String[] judged = {
        "--json=true",
        "--samples=5",
        "--sample_max_new_tokens=6",
        "--judge_base_url=" + endpoint.url(),
        "--judge_model=fake",
        "--judge_replies=" + replies
      };
      assertThat(eval(judged)).as(err).isZero();
      JsonNode report = json();
      assertThat(report.path("samples").size()).isEqualTo(5);
      double points = 0;
      for (JsonNode sample : report.path("samples")) {
        int model = sample.path("model").asString().length();
        int other = sample.path("other").asString().length();
        String expected = model == other ? "tie" : model > other ? "first" : "second";
        assertThat(sample.path("outcome").asString()).isEqualTo(expected);
        points += model == other ? 0.5 : model > other ? 1 : 0;
      }
      JsonNode rate = report.path("figures").path("win_rate");
      assertThat(rate.path("value").asDouble()).isCloseTo(points / 5, within(1e-12));
      assertThat(report.path("figures").path("length_controlled_win_rate").path("value").isNumber())
          .isTrue();
      int asked = endpoint.requests();
      assertThat(eval(judged)).as(err).isZero();
      assertThat(endpoint.requests()).as("no reply is paid twice").isEqualTo(asked);
      assertThat(eval("--samples=2", "--sample_max_new_tokens=4")).as(err).isZero();
      assertThat(out).contains("prompt     lantern 0", "  model    ", "  other    ");
    }
  }

  @Test
  void singleAnswersHaveTheFiguresOfKto() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 12; i++) {
      rows.append(
          "{\"prompt\": \"lantern %d\", \"completion\": \" in window %d\", \"label\": %s}\n"
              .formatted(i, i * i, i % 3 > 0));
    }
    Files.writeString(data, rows);
    assertThat(eval("--json=true", "--unpaired=true")).as(err).isZero();
    JsonNode figures = json().path("figures");
    assertThat(json().path("rows").asInt()).isEqualTo(12);
    assertThat(figures.propertyNames())
        .contains("accuracy", "auc", "loss", "desirable_reward", "margin", "mismatched_kl");
    assertThat(figures.path("desirable_reward").path("rows").asInt()).isEqualTo(8);
    assertThat(figures.path("margin").path("value").asDouble())
        .isCloseTo(
            figures.path("desirable_reward").path("value").asDouble()
                - figures.path("undesirable_reward").path("value").asDouble(),
            within(1e-12));
    reference = model;
    assertThat(eval("--json=true", "--unpaired=true")).as(err).isZero();
    // A model that is its own reference has half the loss and prefers nothing.
    assertThat(json().path("figures").path("loss").path("value").asDouble()).isEqualTo(0.5);
    assertThat(json().path("figures").path("auc").path("value").asDouble()).isEqualTo(0.5);
    assertThat(json().path("figures").path("mismatched_kl").path("value").asDouble()).isZero();
  }

  @Test
  void aJudgeWithoutModelOrPlaceForItsRepliesIsRefused() {
    assertThat(eval("--samples=2", "--judge_base_url=http://127.0.0.1:9/v1"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("judge_model: is missing", "judge_replies: is missing");
    assertThat(eval("--judge_base_url=http://127.0.0.1:9/v1", "--judge_model=x"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("without samples");
    assertThat(eval("--unpaired=true", "--kl_prompts=3")).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("with unpaired");
  }
}
