/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** Adapters with layers of their own, and adapters on adapters, go through all commands. */
class AdapterKindsTest {
  private static final JsonMapper JSON = new JsonMapper();

  /** Sums of some ten log-probabilities in float32, in another order. */
  private static final double SUMS = 1e-4;

  @TempDir private Path folder;
  private AdapterRuns runs;
  private ChildRun run;

  @BeforeEach
  void prepare() throws IOException {
    runs = new AdapterRuns(folder);
    run = runs.run;
  }

  private void execute(String... arguments) {
    assertThat(runs.execute(arguments)).as(runs.console().err()).isZero();
  }

  private Path train(String name, String... more) {
    Path output = folder.resolve(name);
    execute(run.into(output, more));
    return output;
  }

  private static double loss(Path output, int line) throws IOException {
    return JSON.readTree(Files.readAllLines(output.resolve("metrics.jsonl")).get(line))
        .get("loss")
        .asDouble();
  }

  private void assertSameScores(Path one, Path other) {
    List<Double> first = runs.logps(one);
    List<Double> second = runs.logps(other);
    for (int i = 0; i < first.size(); i++) {
      assertThat(second.get(i)).isCloseTo(first.get(i), within(SUMS));
    }
  }

  private Path merge(Path adapter) {
    Path merged = folder.resolve(adapter.getFileName() + "-merged");
    execute("merge", "--model_name_or_path=" + adapter, "--output_dir=" + merged);
    return merged;
  }

  private static String config(Path adapter) throws IOException {
    return Files.readString(adapter.resolve("adapter_config.json")).replaceAll("\\s+", "");
  }

  @Test
  void layersOfTheirOwnAreTrainedSavedMergedAndResumed() throws IOException {
    String[] kind = {
      "--rank_pattern=q_proj=2,layers.1.mlp.down_proj=3",
      "--alpha_pattern=v_proj=5",
      "--lora_target_modules=all-linear",
      "--exclude_modules=o_proj",
      "--lora_modules_to_save=input_layernorm,model.norm",
      "--learning_rate=1e-2",
      "--max_steps=4",
    };
    Path whole = train("whole", kind);
    assertThat(config(whole))
        .contains("\"rank_pattern\":{\"q_proj\":2,\"layers.1.mlp.down_proj\":3}")
        .contains("\"alpha_pattern\":{\"v_proj\":5}", "\"exclude_modules\":[\"o_proj\"]")
        .contains("\"modules_to_save\":[\"input_layernorm\",\"model.norm\"]");
    assertThat(loss(whole, 0)).isCloseTo(Math.log(2), within(1e-6));
    assertSameScores(whole, merge(whole));
    assertThat(runs.logps(whole)).isNotEqualTo(runs.logps(run.model));

    String[] resumed = Arrays.copyOf(kind, kind.length + 1);
    resumed[kind.length] = "--resume_from_checkpoint=" + whole.resolve("checkpoint-2");
    Path again = train("again", resumed);
    assertThat(Files.readAllBytes(again.resolve("adapter_model.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("adapter_model.safetensors")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--rank_pattern=w_proj=2 | rank_pattern",
        "--rank_pattern=q_proj=0 | rank_pattern",
        "--alpha_pattern=o_proj=2 | alpha_pattern",
        "--exclude_modules=o_proj | exclude_modules",
        "--layers_to_transform=99 | layers_to_transform",
        "--layers_pattern=layers | layers_pattern",
        "--lora_modules_to_save=wte | lora_modules_to_save",
        "--lora_target_modules=.*nothing | lora_target_modules",
        "--lora_target_modules=( | lora_target_modules",
        "--lora_target_modules=lm_head | lora_modules_to_save",
        "--create_new_adapter=true | create_new_adapter",
      })
  void whatWouldHaveNoEffectIsRefusedByItsName(String option, String named) {
    int code = runs.execute(run.into(folder.resolve("out"), option));
    assertThat(code).isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains(named);
  }

  @ParameterizedTest
  @CsvSource({"--dtype=float32", "--dtype=bfloat16", "--load_in_4bit=true"})
  void aNewAdapterOnAnAdapterBeginsAsItAndNamesItAsItsBase(String form) throws IOException {
    Path first = train("first", "--learning_rate=1e-2");
    String[] second = {
      "--model_name_or_path=" + first,
      "--create_new_adapter=true",
      "--lora_r=4",
      "--learning_rate=1e-2",
      "--max_steps=4",
      form
    };
    Path output = train("second", second);
    assertThat(runs.console().err()).contains("its new adapter switched off");
    assertThat(loss(output, 0)).isCloseTo(Math.log(2), within(1e-6));
    assertThat(config(output)).contains(first.getFileName().toString(), "\"r\":4");
    assertSameScores(output, merge(output));
    assertThat(runs.logps(output)).isNotEqualTo(runs.logps(first));
    execute(
        "generate", "--model_name_or_path=" + output, "--prompt=a lantern", "--max_new_tokens=3");

    String[] resumed = Arrays.copyOf(second, second.length + 1);
    resumed[second.length] = "--resume_from_checkpoint=" + output.resolve("checkpoint-2");
    Path again = train("again", resumed);
    assertThat(Files.readAllBytes(again.resolve("adapter_model.safetensors")))
        .isEqualTo(Files.readAllBytes(output.resolve("adapter_model.safetensors")));
  }

  @Test
  void anAdapterIsTrainedOnWhereOtherNamesMeanItsLayersAndRefusedWhereTheyMeanOthers() {
    Path first = train("first");
    String start = "--model_name_or_path=" + first;
    train("second", start, "--lora_target_modules=self_attn.q_proj,self_attn.v_proj");
    int code =
        runs.execute(run.into(folder.resolve("third"), start, "--lora_target_modules=all-linear"));
    assertThat(code).isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("lora_target_modules", "all-linear");
  }

  @Test
  void anAdapterOnAnAdapterIsNoSeparateGgufFile() {
    Path first = train("first");
    Path output = train("second", "--model_name_or_path=" + first, "--create_new_adapter=true");
    int code =
        runs.execute(
            "export",
            "--model_name_or_path=" + output,
            "--output_dir=" + folder.resolve("gguf"),
            "--to=gguf",
            "--adapter=separate");
    assertThat(code).isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("trained on the adapter", "first");
  }
}
