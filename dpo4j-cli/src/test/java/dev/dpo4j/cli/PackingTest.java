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
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs of {@code sft} with packed examples. */
class PackingTest {
  /** Sums in float32, in another order. */
  private static final double ROUNDING = 1e-5;

  @TempDir private Path folder;
  private Path model;
  private Path data;
  private int runs;

  @BeforeEach
  void writeModelAndData() throws IOException {
    model = TinyModel.write(folder);
    data = folder.resolve("rows.jsonl");
    Files.writeString(
        data,
        """
        {"prompt": "a lantern", "completion": " in the window of the house"}
        {"prompt": "a window", "completion": " with a lantern"}
        {"prompt": "the house", "completion": " as ever"}
        {"prompt": "window", "completion": " no"}
        """);
  }

  private record Outcome(int code, String err, List<JsonNode> log) {
    JsonNode step(int number) {
      return log.stream().filter(line -> line.get("step").asInt() == number).findFirst().get();
    }
  }

  private Outcome sft(String... more) throws IOException {
    Path output = folder.resolve("run" + runs++);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "sft",
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--output_dir=" + output,
                "--logging_steps=1",
                "--save_strategy=no",
                "--train_sampling_strategy=sequential"));
    arguments.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
    List<JsonNode> log = new ArrayList<>();
    Path metrics = output.resolve("metrics.jsonl");
    if (Files.exists(metrics)) {
      for (String line : Files.readAllLines(metrics)) {
        log.add(JsonMapper.shared().readTree(line));
      }
    }
    return new Outcome(code, console.err(), log);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bfd", "bfd_split", "ffd"})
  void examplesOfAPackDoNotSeeEachOther(String strategy) throws IOException {
    Outcome apart = sft("--per_device_train_batch_size=4", "--max_steps=2");
    Outcome packed =
        sft(
            "--per_device_train_batch_size=1",
            "--max_steps=2",
            "--packing",
            "--packing_strategy=" + strategy);
    assertThat(packed.code()).as(packed.err()).isZero();
    for (int step = 1; step <= 2; step++) {
      for (String metric : List.of("loss", "grad_norm", "mean_token_accuracy", "num_tokens")) {
        double expected = apart.step(step).get(metric).asDouble();
        assertThat(packed.step(step).get(metric).asDouble())
            .as("%s of step %d", metric, step)
            .isCloseTo(expected, within(ROUNDING * Math.max(1, expected)));
      }
    }
  }

  @Test
  void wrappedPacksAreOneSequenceEach() throws IOException {
    Outcome apart = sft("--per_device_train_batch_size=4", "--max_steps=1");
    Outcome wrapped =
        sft(
            "--per_device_train_batch_size=1",
            "--max_steps=1",
            "--packing",
            "--packing_strategy=wrapped");
    assertThat(wrapped.code()).as(wrapped.err()).isZero();
    assertThat(wrapped.step(1).get("num_tokens")).isEqualTo(apart.step(1).get("num_tokens"));
    assertThat(wrapped.step(1).get("loss")).isNotEqualTo(apart.step(1).get("loss"));
  }

  @ParameterizedTest
  @CsvSource({"bfd", "bfd_split", "wrapped", "ffd", "bfd-requeue"})
  void aRowIsAPackAndWhatIsLongerThanAPackIsCutOrSplit(String strategy) throws IOException {
    Outcome run =
        sft(
            "--per_device_train_batch_size=1",
            "--num_train_epochs=1",
            "--max_length=16",
            "--packing",
            "--packing_strategy=" + strategy);
    assertThat(run.code()).as(run.err()).isZero();
    double tokens = run.step(run.log().size()).get("num_tokens").asDouble();
    double all = sft("--num_train_epochs=1").step(1).get("num_tokens").asDouble();
    boolean cuts = Map.of("bfd", true, "ffd", true).getOrDefault(strategy, false);
    assertThat(tokens).isLessThanOrEqualTo(16.0 * run.log().size());
    if (cuts) {
      assertThat(tokens).isLessThan(all);
    } else {
      assertThat(tokens).isEqualTo(all);
      assertThat(run.log()).hasSizeLessThanOrEqualTo((int) Math.ceil(all / 16) + 1);
    }
  }

  @Test
  void evaluationMayBeLeftUnpacked() throws IOException {
    String[] options = {
      "--packing",
      "--max_length=16",
      "--max_steps=1",
      "--eval_dataset=" + data,
      "--eval_strategy=steps",
      "--eval_steps=1"
    };
    List<String> apart = new ArrayList<>(List.of(options));
    apart.add("--eval_packing=false");
    Outcome packed = sft(options);
    Outcome unpacked = sft(apart.toArray(String[]::new));
    assertThat(unpacked.code()).as(unpacked.err()).isZero();
    double loss = packed.log().get(1).get("eval_loss").asDouble();
    // The same tokens are learnt: both keep the start of what is too long.
    assertThat(unpacked.log().get(1).get("eval_loss").asDouble())
        .isCloseTo(loss, within(ROUNDING * loss));
  }

  @Test
  void packsNeedASize() throws IOException {
    Outcome refused = sft("--packing", "--max_length=null");
    assertThat(refused.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(refused.err()).contains("packing: needs max_length");
    assertThat(sft("--packing_strategy=wrapped").err()).contains("without packing");
  }
}
