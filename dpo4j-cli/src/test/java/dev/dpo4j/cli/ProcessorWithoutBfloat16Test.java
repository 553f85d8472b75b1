/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.tensor.probe.Bfloat16;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What bf16 means where the processor has no units for it. */
class ProcessorWithoutBfloat16Test {
  private final Path folder;
  private final Path model;
  private final Path data;
  private CapturedConsole console = new CapturedConsole();

  ProcessorWithoutBfloat16Test(@TempDir Path folder) throws IOException {
    this.folder = folder;
    this.model = TinyModel.write(folder);
    this.data =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            """
            {"prompt": "a lantern", "chosen": " in the window", "rejected": " somewhere"}
            {"prompt": "a window", "chosen": " with a lantern", "rejected": " no idea"}
            """);
  }

  @BeforeEach
  void pretendThatThereAreNone() {
    System.setProperty(Bfloat16.PROPERTY, "false");
  }

  @AfterEach
  void lookAtTheProcessorAgain() {
    System.clearProperty(Bfloat16.PROPERTY);
  }

  private int dpo(String output, String... more) {
    console = new CapturedConsole();
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "dpo",
                "--model_name_or_path=" + model,
                "--dataset_name=" + data,
                "--output_dir=" + folder.resolve(output),
                "--max_length=64",
                "--max_steps=2"));
    arguments.addAll(List.of(more));
    return new Cli(console.console(), new Interruption()).execute(arguments.toArray(String[]::new));
  }

  @Test
  void trainingComputesInFloat32AndSaysSoOnce() {
    assertThat(dpo("plain")).as(console.err()).isZero();
    assertThat(console.err()).doesNotContain("bfloat16");
    assertThat(dpo("asked", "--bf16=true")).as(console.err()).isZero();
    assertThat(console.err()).containsOnlyOnce("no bfloat16 units").contains("compute    float32");
    assertThat(folder.resolve("asked/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("plain/model.safetensors"));
  }

  @Test
  void strictRefusesBeforeAnythingIsWritten() {
    assertThat(dpo("strict", "--bf16=true", "--strict=true")).isEqualTo(2);
    assertThat(console.err()).contains("bf16", "no bfloat16 units", "leave out strict");
    assertThat(folder.resolve("strict/config.yaml")).doesNotExist();
    assertThat(dpo("float32", "--strict=true")).as(console.err()).isZero();
  }
}
