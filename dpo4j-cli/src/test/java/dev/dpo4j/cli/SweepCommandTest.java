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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SweepCommandTest {
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
    for (int i = 0; i < 12; i++) {
      rows.append(
          "{\"prompt\": \"lantern %d\", \"chosen\": \" in window %d\", \"rejected\": \" x%d\"}\n"
              .formatted(i, i * i, i));
    }
    data = Files.writeString(folder.resolve("pairs.jsonl"), rows);
  }

  private int sweep(String... more) {
    Map<String, String> arguments = new LinkedHashMap<>();
    List<String> all = new ArrayList<>();
    Stream.concat(
            Stream.of(
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--dataset_train_split=train[0:8]",
                "--eval_dataset=" + data,
                "--output_dir=" + output,
                "--per_device_train_batch_size=4",
                "--num_train_epochs=1",
                "--learning_rate=1e-3",
                "--sweep=beta=0.05,0.5",
                "--sweep_seeds=2",
                "--kl_prompts=2",
                "--kl_max_new_tokens=4"),
            Stream.of(more))
        .forEach(argument -> arguments.put(argument.split("=", 2)[0], argument));
    all.add("sweep");
    arguments.values().stream().filter(one -> !one.endsWith("=")).forEach(all::add);
    console = new CapturedConsole();
    return new Cli(console.console(), new Interruption()).execute(all.toArray(String[]::new));
  }

  private JsonNode report() throws IOException {
    return JSON.readTree(Files.readString(output.resolve("sweep.json")));
  }

  private List<Path> runs() throws IOException {
    try (Stream<Path> runs = Files.list(output.resolve("runs"))) {
      return runs.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static JsonNode figure(JsonNode point, String name) {
    return point.path("figures").path(name);
  }

  @Test
  void everyCombinationIsTrainedWithEverySeedAndWhatIsMissingIsDoneAgain() throws IOException {
    assertThat(sweep("--sweep_seeds=3")).as(console.err()).isZero();
    assertThat(runs())
        .extracting(run -> String.valueOf(run.getFileName()))
        .containsExactly(
            "beta=0.05_seed=42",
            "beta=0.05_seed=43",
            "beta=0.05_seed=44",
            "beta=0.5_seed=42",
            "beta=0.5_seed=43",
            "beta=0.5_seed=44");
    assertThat(console.err()).contains("6 runs, 8 rows to train on, 12 held out", "run 6 of 6");
    assertThat(console.out())
        .contains("beta", "accuracy", "95 % interval", "best accuracy: beta=", "best beta: ")
        .contains("page: " + output.resolve("sweep.html"));
    JsonNode points = report().path("points");
    assertThat(points.size()).isEqualTo(2);
    for (JsonNode point : points) {
      assertThat(point.path("seeds").size()).isEqualTo(3);
      for (String name : List.of("accuracy", "margin", "kl", "answer_tokens", "repetition")) {
        double value = figure(point, name).path("value").asDouble();
        assertThat(figure(point, name).path("low").asDouble()).as(name).isLessThanOrEqualTo(value);
        assertThat(figure(point, name).path("high").asDouble()).isGreaterThanOrEqualTo(value);
      }
    }
    assertThat(Files.readString(output.resolve("sweep.html")))
        .contains("chart-against_kl", "chart-kl_over_beta", "default-src 'none'")
        .doesNotContain("src=\"http", "@import");
    assertThat(runs()).filteredOn(run -> Files.exists(run.resolve("model.safetensors"))).hasSize(1);
    whatIsMissingIsDoneAgain();
  }

  /** The figures are those of an unbroken sweep. */
  private void whatIsMissingIsDoneAgain() throws IOException {
    String whole = Files.readString(output.resolve("sweep.json"));
    Files.delete(runs().get(1).resolve("sweep-run.json"));
    Files.writeString(runs().get(2).resolve("sweep-run.json"), "{\"circum");
    assertThat(sweep("--sweep_seeds=3")).as(console.err()).isZero();
    assertThat(console.err()).contains("6 runs, of which 4 are done already", "run 2 of 2");
    assertThat(Files.readString(output.resolve("sweep.json"))).isEqualTo(whole);
  }

  @Test
  void aFolderWithRunsOfOtherKeysIsRefusedUntilItMayBeOverwritten() throws IOException {
    String[] one = {"--sweep=beta=0.1", "--sweep_seeds=1", "--keep_models=all"};
    assertThat(sweep(one)).as(console.err()).isZero();
    assertThat(runs().get(0).resolve("model.safetensors")).exists();
    String[] other = {"--learning_rate=2e-3", "--sweep=beta=0.1", "--sweep_seeds=1"};
    assertThat(sweep(other)).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("holds a run of a sweep with other keys", "output_dir");
    String[] anew = {
      "--overwrite_output_dir=true",
      "--keep_models=none",
      "--learning_rate=2e-3",
      "--sweep=beta=0.1",
      "--sweep_seeds=1"
    };
    assertThat(sweep(anew)).as(console.err()).isZero();
    assertThat(console.err()).doesNotContain("done already");
    assertThat(runs().get(0).resolve("model.safetensors")).doesNotExist();
  }

  @Test
  void processesOfTheirOwnMeasureTheSame() throws IOException {
    assertThat(sweep("--sweep_seeds=1")).as(console.err()).isZero();
    JsonNode inTurn = report().path("points");
    output = folder.resolve("parallel");
    assertThat(sweep("--sweep_seeds=1", "--parallel=2")).as(console.err()).isZero();
    JsonNode parallel = report().path("points");
    for (int i = 0; i < 2; i++) {
      for (String name : List.of("accuracy", "margin", "loss")) {
        // One thread instead of several adds numbers in another order.
        assertThat(figure(parallel.get(i), name).path("value").asDouble())
            .isCloseTo(figure(inTurn.get(i), name).path("value").asDouble(), within(1e-4));
      }
    }
  }

  @Test
  void halvingGivesTheWholeTrainingToTheBestAlone() throws IOException {
    assertThat(
            sweep(
                "--sweep_strategy=halving",
                "--halving_rounds=2",
                "--sweep_seeds=1",
                "--num_train_epochs=3"))
        .as(console.err())
        .isZero();
    JsonNode points = report().path("points");
    assertThat(points.size()).isEqualTo(3);
    assertThat(points.get(2).path("share").asDouble()).isEqualTo(1);
    assertThat(points.get(0).path("share").asDouble()).isCloseTo(1 / 3.0, within(1e-12));
    double best = 0;
    for (int i = 0; i < 2; i++) {
      best = Math.max(best, figure(points.get(i), "accuracy").path("value").asDouble());
    }
    for (int i = 0; i < 2; i++) {
      if (points.get(i).path("settings").equals(points.get(2).path("settings"))) {
        assertThat(figure(points.get(i), "accuracy").path("value").asDouble()).isEqualTo(best);
      }
    }
    assertThat(console.out()).contains("fewer than 3 seeds");
  }

  @Test
  void randomCombinationsAreTheSameForTheSameSeed() {
    String[] random = {
      "--sweep=beta=log:0.01:1",
      "--sweep_strategy=random",
      "--sweep_trials=3",
      "--sweep_seeds=1",
      "--dry_run=true"
    };
    assertThat(sweep(random)).as(console.err()).isZero();
    List<String> first = console.out().lines().toList();
    assertThat(first).hasSize(3).allMatch(line -> line.matches("beta=[0-9.e-]+_seed=42"));
    assertThat(new TreeSet<>(first)).hasSize(3);
    assertThat(sweep(random)).isZero();
    assertThat(console.out().lines().toList()).isEqualTo(first);
    assertThat(output).doesNotExist();
  }

  @Test
  void aKeyThatDecidesAboutTheRowsIsSweptToo() throws IOException {
    assertThat(sweep("--sweep=max_length=16,64", "--sweep_seeds=1")).as(console.err()).isZero();
    assertThat(report().path("points").size()).isEqualTo(2);
  }

  @Test
  void theRowsThemselvesAreSweptOverTheSameHeldOutOnes() throws IOException {
    Path other = Files.copy(data, folder.resolve("other.jsonl"));
    assertThat(
            sweep(
                "--sweep=dataset_name=" + data + "," + other,
                "--sweep_seeds=1",
                "--dataset_train_split=train[0:4]"))
        .as(console.err())
        .isZero();
    assertThat(console.err()).contains("4 rows to train on, 12 held out");
    JsonNode points = report().path("points");
    assertThat(figure(points.get(0), "margin")).isEqualTo(figure(points.get(1), "margin"));
  }

  @Test
  void aRunThatDivergesIsCountedAndTheOthersGoOn() throws IOException {
    assertThat(sweep("--sweep=learning_rate=1e-3,1e30", "--learning_rate=", "--sweep_seeds=1"))
        .as(console.err())
        .isZero();
    assertThat(console.err()).contains("diverged");
    assertThat(report().path("points").get(1).path("diverged").asInt()).isEqualTo(1);
    assertThat(report().path("best").asInt()).isZero();
  }

  @Test
  void lossesWithoutAReferenceAreComparedInTheSameFigures() throws IOException {
    assertThat(sweep("--sweep=loss_type=orpo,simpo,sigmoid", "--sweep_seeds=1"))
        .as(console.err())
        .isZero();
    JsonNode points = report().path("points");
    assertThat(points.size()).isEqualTo(3);
    for (JsonNode point : points) {
      for (String name : List.of("accuracy", "loss", "kl", "answer_tokens")) {
        assertThat(figure(point, name).path("value").isNumber()).as(point + " " + name).isTrue();
      }
    }
  }

  @Test
  void whatCannotBeSweptIsRefusedBeforeTheFirstRun() {
    Map<String[], String> refused = new LinkedHashMap<>();
    refused.put(new String[] {"--sweep=betta=0.1,1"}, "did you mean beta?");
    refused.put(new String[] {"--sweep=beta=0.1,-1"}, "sweep beta=-1");
    refused.put(new String[] {"--sweep=beta"}, "expected key=value");
    refused.put(new String[] {"--sweep=seed=1,2"}, "sweep_seeds");
    refused.put(new String[] {"--sweep=beta=log:0.01:1"}, "of which there is no grid");
    refused.put(new String[] {"--sweep=beta=0.1,0.1"}, "twice");
    refused.put(new String[] {"--eval_dataset="}, "held-out rows");
    refused.put(new String[] {"--sweep="}, "sweep: is missing");
    refused.put(new String[] {"--halving_factor=2"}, "without sweep_strategy halving");
    refused.forEach(
        (arguments, message) -> {
          assertThat(sweep(arguments)).as(message).isEqualTo(ExitCode.USAGE.code());
          assertThat(console.err()).contains(message);
          assertThat(output).doesNotExist();
        });
  }
}
