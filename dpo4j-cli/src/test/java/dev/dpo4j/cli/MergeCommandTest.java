/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** An adapter is trained, trained on, scored and merged. */
class MergeCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir private Path folder;
  private AdapterRuns runs;
  private ChildRun run;

  @BeforeEach
  void prepare() throws IOException {
    runs = new AdapterRuns(folder);
    run = runs.run;
  }

  private int execute(String... arguments) {
    return runs.execute(arguments);
  }

  private List<Double> logps(Path model) {
    return runs.logps(model);
  }

  private double firstLoss(Path output) throws IOException {
    String line = Files.readAllLines(output.resolve("metrics.jsonl")).get(0);
    return JSON.readTree(line).get("loss").asDouble();
  }

  @Test
  void theMergedModelScoresAsTheAdapterOnItsBase() throws IOException {
    Path adapter = folder.resolve("adapter");
    Path merged = folder.resolve("merged");
    assertThat(execute(run.into(adapter, "--learning_rate=1e-2")))
        .as(runs.console().err())
        .isZero();
    assertThat(firstLoss(adapter)).isCloseTo(Math.log(2), within(1e-6));
    assertThat(runs.console().err())
        .contains("adapter switched off", "LoRA of rank 16", "q_proj", "are trained");
    int code = execute("merge", "--model_name_or_path=" + adapter, "--output_dir=" + merged);
    assertThat(code).as(runs.console().err()).isZero();
    List<Double> apart = logps(adapter);
    List<Double> together = logps(merged);
    List<Double> before = logps(run.model);
    for (int i = 0; i < apart.size(); i++) {
      assertThat(together.get(i)).isCloseTo(apart.get(i), within(1e-4));
      assertThat(together.get(i)).isNotEqualTo(before.get(i));
    }
    assertThat(execute("merge", "--model_name_or_path=" + merged, "--output_dir=" + adapter))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("adapter_config.json");
  }

  /** The tiny model ties its head to its embedding, so that a trained one breaks the tie. */
  @ParameterizedTest
  @ValueSource(strings = {"embed_tokens", "lm_head", "embed_tokens,lm_head"})
  void aMatrixThatIsTrainedApartStaysApartInTheMergedModel(String modules) throws IOException {
    Path adapter = folder.resolve("adapter");
    Path merged = folder.resolve("merged");
    assertThat(
            execute(run.into(adapter, "--learning_rate=1e-2", "--lora_modules_to_save=" + modules)))
        .as(runs.console().err())
        .isZero();
    int code = execute("merge", "--model_name_or_path=" + adapter, "--output_dir=" + merged);
    assertThat(code).as(runs.console().err()).isZero();
    assertThat(
            JSON.readTree(Files.readString(merged.resolve("config.json")))
                .path("tie_word_embeddings")
                .asBoolean(true))
        .isFalse();
    List<Double> apart = logps(adapter);
    List<Double> together = logps(merged);
    for (int i = 0; i < apart.size(); i++) {
      // Merged weights round otherwise than a product with the adapter beside them.
      assertThat(together.get(i)).isCloseTo(apart.get(i), within(1e-4));
    }
  }

  @Test
  void theMergedModelHasTheAdaptersTokenizerAndTemplate() throws IOException {
    Path adapter = folder.resolve("adapter");
    Path merged = folder.resolve("merged");
    assertThat(execute(run.into(adapter))).as(runs.console().err()).isZero();
    Files.writeString(adapter.resolve("chat_template.jinja"), "{{ 'of the adapter' }}");
    int code = execute("merge", "--model_name_or_path=" + adapter, "--output_dir=" + merged);
    assertThat(code).as(runs.console().err()).isZero();
    assertThat(merged.resolve("chat_template.jinja")).hasContent("{{ 'of the adapter' }}");
  }

  @Test
  void anAdapterIsTrainedOnAgainstItselfAsItWas() throws IOException {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    assertThat(execute(run.into(first, "--learning_rate=1e-2"))).as(runs.console().err()).isZero();
    String from = "--model_name_or_path=" + first;
    assertThat(execute(run.into(second, from, "--precompute_ref_log_probs=false")))
        .as(runs.console().err())
        .isZero();
    assertThat(firstLoss(second)).isCloseTo(Math.log(2), within(1e-6));
    assertThat(runs.console().err()).contains("a frozen copy of the adapter of " + first);
    assertThat(execute(run.into(folder.resolve("third"), from, "--lora_r=4")))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("lora_r", "is 4", "has 16");
    assertThat(execute(run.into(folder.resolve("fourth"), from, "--use_peft=false")))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("is an adapter: set use_peft");
  }
}
