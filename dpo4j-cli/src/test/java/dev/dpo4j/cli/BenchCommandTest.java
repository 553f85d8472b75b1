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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BenchCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @Test
  void theLineHoldsTheFiguresOfTheRunAndAddsUp(@TempDir Path folder) throws IOException {
    Path model = TinyModel.write(folder);
    Path data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            {"prompt": "a window", "chosen": " with a lantern", "rejected": " no idea"}
            {"prompt": "too", "chosen": " many", "rejected": " rows"}
            """);
    Path out = folder.resolve("out.json");
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute(
                "bench",
                "--model=" + model,
                "--data=" + data,
                "--n=2",
                "--bs=1",
                "--lr=1e-3",
                "--out=" + out);
    assertThat(code).as(console.err()).isZero();
    assertThat(console.out()).isEqualTo(Files.readString(out));
    JsonNode line = JSON.readTree(console.out());
    assertThat(line.get("pairs").asInt()).isEqualTo(2);
    assertThat(line.get("steps").size()).isEqualTo(2);
    assertThat(line.get("steps").get(0).get("loss").asDouble())
        .isCloseTo(Math.log(2), within(1e-6)); // policy and reference are still the same
    double seconds = line.get("reference_s").asDouble() + line.get("train_s").asDouble();
    assertThat(line.get("tokens_per_s").asDouble() * seconds)
        .isCloseTo(line.get("tokens").asDouble(), within(1e-6));
    assertThat(
            line.get("limit_share").asDouble() * seconds * line.get("gemm_gflops").asDouble() / 1e3)
        .isCloseTo(line.get("least_tflop").asDouble(), within(1e-9));
  }

  @Test
  void reducedMomentsAndGradientsAreInThePlan(@TempDir Path folder) throws IOException {
    Path model = TinyModel.write(folder);
    Path data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            """);
    double whole = planned(model, data);
    double moments = planned(model, data, "--optim=adamw_8bit");
    double both = planned(model, data, "--optim=adamw_8bit", "--gradient_dtype=bfloat16");
    assertThat(moments).isLessThan(whole);
    assertThat(both).isLessThan(moments);
  }

  private static double planned(Path model, Path data, String... more) {
    CapturedConsole console = new CapturedConsole();
    List<String> line = new ArrayList<>(List.of("bench", "--model=" + model, "--data=" + data));
    line.addAll(List.of(more));
    int code = new Cli(console.console(), new Interruption()).execute(line.toArray(String[]::new));
    assertThat(code).as(console.err()).isZero();
    return JSON.readTree(console.out()).get("planned_gb").asDouble();
  }

  @Test
  void theKeysOfDpoActBesideTheShortNames(@TempDir Path folder) throws IOException {
    Path model = TinyModel.write(folder);
    Path data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            """);
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute(
                "bench",
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--per_device_train_batch_size=1",
                "--learning_rate=1e-3",
                "--loss_type=robust",
                "--label_smoothing=0.2",
                "--bf16=false",
                "--weight_decay=0.1");
    assertThat(code).as(console.err()).isZero();
    JsonNode line = JSON.readTree(console.out());
    // (1 - e) log 2 - e log 2, over 1 - 2 e: log 2 at the first step whatever e is.
    assertThat(line.get("steps").get(0).get("loss").asDouble())
        .isCloseTo(Math.log(2), within(1e-6));
    JsonNode args = line.get("args");
    assertThat(args.get("bs").asInt()).isEqualTo(1);
    assertThat(args.get("lr").asDouble()).isEqualTo(1e-3);
    assertThat(args.get("label_smoothing").asString()).isEqualTo("0.2");
    assertThat(args.get("weight_decay").asString()).isEqualTo("0.1");
  }

  @Test
  void keysOfTheOutputAreRefused() {
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute("bench", "--model=x", "--data=y", "--output_dir=z");
    assertThat(code).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err()).contains("output_dir");
  }

  @Test
  void weightsOfAnotherTypeAreRefused(@TempDir Path folder) {
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute("bench", "--model=" + folder, "--data=x", "--dtype=float16");
    assertThat(code).isEqualTo(ExitCode.USAGE.code());
    assertThat(console.err())
        .contains("dtype", "must be one of float32, bfloat16 but was \"float16\"");
  }
}
