/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters on a base in 4 or 8 bits, from training to the merged model. */
class PackedBaseCommandsTest {
  @TempDir private Path folder;
  private String out = "";
  private String err = "";

  private int execute(String... arguments) {
    CapturedConsole console = new CapturedConsole();
    int code = new Cli(console.console(), new Interruption()).execute(arguments);
    out = console.out();
    err = console.err();
    return code;
  }

  private Path train(String method, String... more) throws IOException {
    ChildRun run = ChildRun.of(method, folder, more);
    Path output = folder.resolve("out");
    assertThat(execute(run.into(output, "--max_steps=2"))).as(err).isZero();
    return output;
  }

  @ParameterizedTest
  @ValueSource(strings = {"dpo", "sft", "kto"})
  void everyMethodTrainsAnAdapterOnABaseIn4Bits(String method) throws IOException {
    Path output = train(method, "--use_peft=true", "--load_in_4bit=true");
    assertThat(output.resolve("adapter_model.safetensors")).isRegularFile();
    assertThat(err).contains("float32 over layers in nf4");
  }

  @Test
  void anAdapterOfABaseIn4BitsAnswersOnItAndIsMergedIntoTheFullWeightsWithANote()
      throws IOException {
    Path output =
        train("dpo", "--use_peft=true", "--load_in_4bit=true", "--use_bnb_nested_quant=true");
    String model = "--model_name_or_path=" + output;
    assertThat(
            execute(
                "generate", model, "--prompt=Hello", "--load_in_4bit=true", "--max_new_tokens=4"))
        .as(err)
        .isZero();
    Path merged = folder.resolve("merged");
    assertThat(execute("merge", model, "--output_dir=" + merged)).as(err).isZero();
    assertThat(err).contains("trained on", "in 4 bits", "full weights");
    assertThat(merged.resolve("model.safetensors")).isRegularFile();
    assertThat(Files.readString(merged.resolve("config.json"))).doesNotContain("quantization");
  }

  @Test
  void allWeightsOfAPackedBaseAreNotTrained() throws IOException {
    ChildRun run = ChildRun.of("dpo", folder, "--load_in_4bit=true");
    assertThat(execute(run.into(folder.resolve("out"), "--max_steps=2")))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("load_in_4bit", "use_peft");
  }

  @Test
  void aReferenceThatMovesIsRefusedOnAPackedBase() throws IOException {
    ChildRun run =
        ChildRun.of(
            "dpo", folder, "--use_peft=true", "--load_in_8bit=true", "--sync_ref_model=true");
    assertThat(execute(run.into(folder.resolve("out"), "--ref_model_sync_steps=1")))
        .isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("sync_ref_model");
    assertThat(out).isEmpty();
  }
}
