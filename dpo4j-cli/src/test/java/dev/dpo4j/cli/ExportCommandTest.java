/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.gguf.GgufFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An adapter is trained and exported; what was exported scores as the adapter does. */
class ExportCommandTest {
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

  private Path export(Path model, String name, String... more) {
    Path output = folder.resolve(name);
    String[] arguments =
        Stream.concat(
                Stream.of("export", "--model_name_or_path=" + model, "--output_dir=" + output),
                Stream.of(more))
            .toArray(String[]::new);
    int code = execute(arguments);
    assertThat(code).as(runs.console().err()).isZero();
    return Path.of(runs.console().out().strip());
  }

  private List<Double> logps(Path model) {
    return runs.logps(model);
  }

  @Test
  void anAdapterIsMergedIntoTheFileOrStandsByItself() throws IOException {
    Path adapter = folder.resolve("adapter");
    assertThat(execute(run.into(adapter, "--learning_rate=1e-2")))
        .as(runs.console().err())
        .isZero();
    List<Double> expected = logps(adapter);
    Path merged = export(adapter, "gguf", "--quantisation=f32", "--name=My model");
    assertThat(merged).hasFileName("My-model-f32.gguf").exists();
    List<Double> found = logps(merged);
    for (int i = 0; i < expected.size(); i++) {
      // Float32 sums in another order.
      assertThat(found.get(i)).isCloseTo(expected.get(i), within(1e-4));
    }
    assertThat(folder.resolve("gguf/Modelfile"))
        .content()
        .startsWith("FROM ./My-model-f32.gguf\n")
        .contains("PARAMETER stop \"", "TEMPLATE \"\"\"");
    try (GgufFile file = GgufFile.open(merged)) {
      assertThat(file.text("general.name")).contains("My model");
      assertThat(file.metadata())
          .containsKeys("tokenizer.ggml.pre", "tokenizer.ggml.add_bos_token")
          .containsEntry("tokenizer.ggml.add_eos_token", false)
          .containsKey("tokenizer.chat_template");
    }
    try (GgufFile file = GgufFile.open(export(adapter, "separate", "--adapter=separate"))) {
      assertThat(file.text("general.type")).contains("adapter");
      assertThat(file.text("adapter.type")).contains("lora");
      assertThat(file.tensors()).containsKeys("blk.0.attn_q.weight.lora_a");
      assertThat(file.tensors().get("blk.0.attn_q.weight.lora_b").shape()[1]).isEqualTo(16);
    }
  }

  @Test
  void aFolderOfTransformersComesInShardsOfTheSizeAskedFor() throws IOException {
    Path written =
        export(
            run.model, "shards", "--to=safetensors", "--dtype=bfloat16", "--max_shard_size=20KB");
    try (Stream<Path> files = Files.list(written)) {
      assertThat(files.filter(f -> f.toString().endsWith(".safetensors")).count()).isGreaterThan(1);
    }
    assertThat(written.resolve("config.json")).content().contains("bfloat16");
    assertThat(logps(written)).hasSameSizeAs(logps(run.model));
  }

  @Test
  void weightsThatAreNoNumbersAreRefusedByTheNameOfTheirTensor() throws IOException {
    Path weights = run.model.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat(bytes.length - Float.BYTES, Float.NaN);
    Files.write(weights, bytes);
    for (String to : List.of("gguf", "safetensors")) {
      Path output = folder.resolve("not-" + to);
      int code =
          execute(
              "export",
              "--model_name_or_path=" + run.model,
              "--output_dir=" + output,
              "--to=" + to);
      assertThat(code).as(to).isEqualTo(ExitCode.MODEL.code());
      assertThat(runs.console().err()).contains("the tensor ", "none (", "NaN");
      assertThat(output.resolve("model-q8_0.gguf")).doesNotExist();
    }
  }

  @Test
  void anOptionWithoutEffectIsRefused() {
    for (String[] pair :
        new String[][] {
          {"--to=safetensors", "--quantisation=q8_0"},
          {"--to=gguf", "--dtype=bfloat16"},
          {"--to=gguf", "--adapter=separate"},
          {"--to=safetensors", "--max_shard_size=many"}
        }) {
      int code =
          execute(
              "export",
              "--model_name_or_path=" + run.model,
              "--output_dir=" + folder.resolve("none"),
              pair[0],
              pair[1]);
      assertThat(code).isEqualTo(ExitCode.USAGE.code());
      String key = pair[1].substring(2, pair[1].indexOf('='));
      assertThat(runs.console().err()).contains(key);
    }
  }

  @Test
  void theFolderOfAModelIsNotReplacedByItsExport() {
    int code =
        execute(
            "export",
            "--model_name_or_path=" + run.model,
            "--output_dir=" + run.model,
            "--to=safetensors",
            "--overwrite_output_dir");
    assertThat(code).isEqualTo(ExitCode.USAGE.code());
    assertThat(runs.console().err()).contains("output_dir", "is the folder of a model");
  }

  @Test
  void anAdapterOnABaseIn4BitsIsMergedIntoTheFullWeightsWithANote() throws IOException {
    Path adapter = folder.resolve("adapter");
    assertThat(execute(run.into(adapter, "--load_in_4bit=true"))).as(runs.console().err()).isZero();
    export(adapter, "gguf");
    assertThat(runs.console().err()).contains("trained on", "in 4 bits", "full weights");
  }
}
