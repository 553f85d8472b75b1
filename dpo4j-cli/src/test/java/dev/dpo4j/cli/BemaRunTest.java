/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs with averaged weights; the numbers themselves are those of BemaTest. */
class BemaRunTest {
  @TempDir private Path folder;
  private Path model;
  private Path data;
  private String err = "";

  @BeforeEach
  void prepare() throws IOException {
    model = TinyModel.write(folder);
    data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            {"prompt": "a window", "chosen": " with a lantern", "rejected": " no idea"}
            """);
  }

  private int dpo(Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "dpo",
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--output_dir=" + output,
                "--learning_rate=1e-3",
                "--per_device_train_batch_size=2",
                "--max_steps=4"));
    arguments.addAll(List.of(more));
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
    err = console.err();
    return code;
  }

  @Test
  void theAverageLiesBesideTheResultAndIsTheSameAfterAResumption() throws IOException {
    String[] averaged = {"--bema=true", "--bema_update_freq=1", "--save_steps=2"};
    Path whole = folder.resolve("whole");
    assertThat(dpo(whole, averaged)).as(err).isZero();
    byte[] average = Files.readAllBytes(whole.resolve("bema/model.safetensors"));
    assertThat(average).isNotEqualTo(Files.readAllBytes(whole.resolve("model.safetensors")));
    LanguageModel.load(whole.resolve("bema")).close();

    Path resumed = folder.resolve("resumed");
    assertThat(
            dpo(
                resumed,
                "--bema=true",
                "--bema_update_freq=1",
                "--save_steps=2",
                "--resume_from_checkpoint=" + whole.resolve("checkpoint-2")))
        .as(err)
        .isZero();
    assertThat(resumed.resolve("bema/model.safetensors")).hasBinaryContent(average);

    Path plain = folder.resolve("plain");
    assertThat(dpo(plain, "--save_strategy=no")).as(err).isZero();
    assertThat(plain.resolve("model.safetensors"))
        .as("the training itself")
        .hasSameBinaryContentAs(whole.resolve("model.safetensors"));
    assertThat(plain.resolve("bema")).doesNotExist();
  }

  @Test
  void anAdapterIsAveragedAsAnAdapter() {
    Path output = folder.resolve("adapter");
    assertThat(
            dpo(
                output,
                "--use_peft=true",
                "--bema=true",
                "--bema_update_freq=2",
                "--save_strategy=no"))
        .as(err)
        .isZero();
    assertThat(output.resolve("bema/adapter_model.safetensors")).exists();
    assertThat(output.resolve("bema/model.safetensors")).doesNotExist();
  }

  @Test
  void itsKeysAreRefusedWithoutIt() {
    assertThat(dpo(folder.resolve("refused"), "--bema_lag=3")).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("bema_lag", "without bema");
  }
}
