/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** TR-DPO: a reference that takes the policy over after every step is always equal to it. */
class FollowingReferenceTest {
  /** Merged weights round otherwise than a product with the adapter beside them. */
  private static final double ROUNDING = 1e-4;

  @TempDir private Path folder;

  /** The tiny model ties its head to its embedding. */
  @ParameterizedTest
  @ValueSource(strings = {"embed_tokens", "lm_head", "embed_tokens,lm_head"})
  void aTiedModelIsFollowedAlsoWhereTheAdapterTearsHeadAndEmbeddingApart(String modules)
      throws IOException {
    List<Double> following =
        losses(
            "following",
            true,
            "--lora_modules_to_save=" + modules,
            "--sync_ref_model=true",
            "--ref_model_sync_steps=1",
            "--ref_model_mixup_alpha=1");
    assertThat(following)
        .hasSize(3)
        .allSatisfy(loss -> assertThat(loss).isCloseTo(Math.log(2), within(ROUNDING)));
  }

  private List<Double> losses(String name, boolean adapter, String... more) throws IOException {
    Path model = TinyModel.write(folder);
    Path data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            {"prompt": "a window", "chosen": " with a lantern", "rejected": " no idea"}
            """);
    Path output = folder.resolve(name);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "dpo",
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--output_dir=" + output,
                "--max_steps=3",
                "--learning_rate=2e-2",
                "--lr_scheduler_type=constant",
                "--logging_steps=1",
                "--save_strategy=no"));
    if (adapter) {
      arguments.addAll(
          List.of("--use_peft=true", "--lora_r=4", "--lora_dropout=0", "--lora_alpha=8"));
    }
    arguments.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
    assertThat(code).as(console.err()).isZero();
    return Files.readAllLines(output.resolve("metrics.jsonl")).stream()
        .map(line -> JsonMapper.shared().readTree(line).get("loss").asDouble())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theLossOfEveryStepIsThatOfNoDifference(boolean adapter) throws IOException {
    assertThat(losses("frozen", adapter).get(2)).isNotCloseTo(Math.log(2), within(10 * ROUNDING));
    List<Double> following =
        losses(
            "following",
            adapter,
            "--sync_ref_model=true",
            "--ref_model_sync_steps=1",
            "--ref_model_mixup_alpha=1");
    assertThat(following)
        .hasSize(3)
        .allSatisfy(loss -> assertThat(loss).isCloseTo(Math.log(2), within(ROUNDING)));
  }
}
