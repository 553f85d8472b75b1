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

/** Sweeps of the methods beside DPO. */
class SweepMethodsTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir private Path folder;
  private Path model;
  private Path data;
  private Path output;
  private CapturedConsole console = new CapturedConsole();

  @BeforeEach
  void prepare() throws IOException {
    model = TinyModel.write(folder);
    output = folder.resolve("sweep");
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      rows.append(
          "{\"prompt\": \"lantern %d\", \"chosen\": \" in window %d\", \"rejected\": \" x%d\"}\n"
              .formatted(i, i * i, i));
    }
    data = Files.writeString(folder.resolve("pairs.jsonl"), rows);
  }

  private int sweep(String method, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "sweep",
                method,
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--dataset_train_split=train[0:4]",
                "--eval_dataset=" + data,
                "--dataset_test_split=train[4:8]",
                "--output_dir=" + output,
                "--per_device_train_batch_size=4",
                "--max_steps=2"));
    all.addAll(List.of(more));
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(all.toArray(String[]::new));
  }

  private JsonNode points() throws IOException {
    return JSON.readTree(Files.readString(output.resolve("sweep.json"))).path("points");
  }

  private static double value(JsonNode point, String name) {
    JsonNode found = point.path("figures").path(name).path("value");
    assertThat(found.isNumber()).as(name + " in " + point).isTrue();
    return found.doubleValue();
  }

  /** The mean of a key of the last evaluation over the runs of the first point. */
  private double logged(String key) throws IOException {
    double sum = 0;
    List<JsonNode> names = new ArrayList<>();
    points().get(0).path("runs").forEach(names::add);
    for (JsonNode name : names) {
      Path metrics = output.resolve("runs").resolve(name.asString()).resolve("metrics.jsonl");
      List<String> lines =
          Files.readAllLines(metrics).stream().filter(line -> line.contains("eval_loss")).toList();
      sum += JSON.readTree(lines.get(lines.size() - 1)).path(key).doubleValue();
    }
    return sum / names.size();
  }

  /** Each figure of these names is the mean of what each held-out row adds to it, in every run. */
  private void assertRowsAreKept(int rows, String... names) throws IOException {
    for (JsonNode point : points()) {
      for (JsonNode run : point.path("runs")) {
        Path file = output.resolve("runs").resolve(run.asString()).resolve("sweep-run.json");
        JsonNode measured = JSON.readTree(Files.readString(file)).path("run");
        assertThat(measured.path("parts").size()).isEqualTo(names.length);
        for (String name : names) {
          JsonNode parts = measured.path("parts").path(name);
          assertThat(parts.size()).as(name).isEqualTo(rows);
          double sum = 0;
          for (JsonNode part : parts) {
            sum += part.doubleValue();
          }
          double figure = measured.path("figures").path(name).doubleValue();
          assertThat(sum / rows).as(name).isCloseTo(figure, within(1e-9));
        }
      }
    }
  }

  @Test
  void ktoIsComparedByTheFiguresOfSingleAnswersAndGoesOnWhereItStopped() throws IOException {
    String[] keys = {
      "--sweep=beta=0.05,0.5",
      "--sweep_seeds=2",
      "--kl_prompts=2",
      "--kl_max_new_tokens=3",
      "--learning_rate=1e-2"
    };
    assertThat(sweep("kto", keys)).as(console.err()).isZero();
    assertThat(console.err()).contains("4 runs, 8 rows to train on, 8 held out");
    assertThat(console.out()).contains("best accuracy: beta=", "auc", "mismatched_kl");
    for (JsonNode point : points()) {
      for (String name : List.of("accuracy", "auc", "margin", "kl", "answer_tokens", "cut_off")) {
        assertThat(value(point, name)).as(name).isFinite();
      }
    }
    // The evaluation of the run sums the same log-probs in batches of another size.
    assertThat(value(points().get(0), "margin"))
        .isCloseTo(logged("eval_rewards/margins"), within(1e-4));
    assertRowsAreKept(
        8, "accuracy", "loss", "margin", "auc", "desirable_reward", "undesirable_reward");
    String whole = Files.readString(output.resolve("sweep.json"));
    Files.delete(output.resolve("runs").resolve("beta=0.05_seed=43").resolve("sweep-run.json"));
    assertThat(sweep("kto", keys)).as(console.err()).isZero();
    assertThat(console.err()).contains("of which 3 are done already");
    assertThat(Files.readString(output.resolve("sweep.json"))).isEqualTo(whole);
  }

  @Test
  void sftIsComparedByItsLossOnHeldOutRowsOfWhichLessIsBetter() throws IOException {
    assertThat(
            sweep(
                "sft",
                "--sweep=learning_rate=1e-5,1e-2",
                "--sweep_seeds=1",
                "--kl_prompts=2",
                "--kl_max_new_tokens=3"))
        .as(console.err())
        .isZero();
    JsonNode points = points();
    assertThat(value(points.get(1), "loss")).isLessThan(value(points.get(0), "loss"));
    assertThat(console.out()).contains("best loss: learning_rate=1e-2", "token_accuracy");
    assertThat(value(points.get(0), "loss")).isCloseTo(logged("eval_loss"), within(1e-9));
    assertThat(value(points.get(0), "token_accuracy"))
        .isCloseTo(logged("eval_mean_token_accuracy"), within(1e-9));
    assertThat(value(points.get(0), "entropy")).isCloseTo(logged("eval_entropy"), within(1e-6));
    assertThat(value(points.get(0), "kl")).isFinite();
    assertRowsAreKept(4, "loss", "token_accuracy", "entropy");
  }

  @Test
  void rewardModelsAreComparedByTheirScoresAndWriteNoAnswers() throws IOException {
    assertThat(sweep("reward", "--sweep=learning_rate=1e-4,1e-2", "--sweep_seeds=2"))
        .as(console.err())
        .isZero();
    JsonNode points = points();
    assertThat(points.get(0).path("figures").has("kl")).isFalse();
    // A pass of one pair adds numbers in another order than one of several.
    assertThat(value(points.get(0), "margin")).isCloseTo(logged("eval_margin"), within(1e-4));
    assertThat(value(points.get(0), "accuracy")).isEqualTo(logged("eval_accuracy"));
    assertThat(value(points.get(0), "loss")).isCloseTo(logged("eval_loss"), within(1e-4));
    assertThat(sweep("reward", "--sweep=learning_rate=1e-4", "--kl_prompts=4"))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("a reward model writes no answers");
  }

  @Test
  void aKeyOfAnotherMethodIsRefusedBeforeTheFirstRun() {
    assertThat(sweep("sft", "--sweep=beta=0.1,1")).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("beta");
    assertThat(output).doesNotExist();
  }

  @Test
  void heldOutRowsThatAreNoneAreNamedBeforeAnythingIsTrained() throws IOException {
    Path empty = Files.writeString(folder.resolve("empty.jsonl"), "");
    for (String command : List.of("dpo", "kto", "sft", "reward")) {
      console = new CapturedConsole();
      int exit =
          new Cli(console.console(), new Interruption())
              .execute(
                  command,
                  "--model_name_or_path=" + model,
                  "--dataset_name=" + data,
                  "--eval_dataset=" + empty,
                  "--output_dir=" + output,
                  "--max_steps=1");
      assertThat(exit).as(command + ": " + console.err()).isEqualTo(ExitCode.DATA.code());
      assertThat(console.err()).as(command).contains(empty.toString(), "row");
      assertThat(output.resolve("metrics.jsonl")).as(command).doesNotExist();
    }
  }

  @Test
  void halvingShortensTheRunsOfEveryMethod() throws IOException {
    assertThat(
            sweep(
                "reward",
                "--sweep=learning_rate=1e-4,1e-2",
                "--sweep_strategy=halving",
                "--halving_rounds=2",
                "--halving_factor=2",
                "--sweep_seeds=1"))
        .as(console.err())
        .isZero();
    assertThat(points().size()).isEqualTo(3);
    assertThat(points().get(0).path("share").asDouble()).isEqualTo(0.5);
  }
}
