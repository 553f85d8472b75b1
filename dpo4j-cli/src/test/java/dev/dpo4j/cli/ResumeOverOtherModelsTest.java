/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.checkpoint.Manifest;
import dev.dpo4j.checkpoint.ResumeState;
import dev.dpo4j.cli.command.ExitCode;
import dev.dpo4j.cli.command.Interruption;
import dev.dpo4j.cli.demo.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A run goes on with the models that it began with, and with no others at the same paths. */
class ResumeOverOtherModelsTest {
  private static final long OTHER_SEED = 2;

  @TempDir private Path folder;
  private ChildRun run;
  private Path output;
  private String err = "";

  private int train(String... more) {
    List<String> arguments = new ArrayList<>(Arrays.asList(more));
    arguments.add("--max_steps=4");
    arguments.add("--resume_from_checkpoint=auto");
    CapturedConsole console = new CapturedConsole();
    int code =
        new Cli(console.console(), new Interruption())
            .execute(run.into(output, arguments.toArray(String[]::new)));
    err = console.err();
    return code;
  }

  private void begin(String method, String... more) throws IOException {
    output = folder.resolve("out");
    run = ChildRun.of(method, folder, more);
    assertThat(train()).as(err).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"dpo", "sft", "kto"})
  void anotherModelIsRefusedByName(String method) throws IOException {
    begin(method);
    TinyModel.write(folder, OTHER_SEED);
    assertThat(train()).isEqualTo(ExitCode.USAGE.code());
    assertThat(err)
        .contains("model_name_or_path", "the model is not the one", "output_dir")
        .doesNotContain("tokenizer is not");
  }

  @Test
  void anotherBaseUnderAnAdapterIsRefused() throws IOException {
    begin("dpo", "--use_peft=true");
    TinyModel.write(folder, OTHER_SEED);
    assertThat(train()).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("the model is not the one that the run began with");
  }

  @Test
  void anotherReferenceIsRefused() throws IOException {
    Path reference = TinyModel.write(Files.createDirectories(folder.resolve("reference")), 3);
    begin("dpo", "--ref_model_name_or_path=" + reference);
    assertThat(train()).as("the same again: %s", err).isZero();
    TinyModel.write(folder.resolve("reference"), OTHER_SEED);
    assertThat(train()).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("ref_model_name_or_path", "the reference is not the one");
  }

  @Test
  void anotherChatTemplateIsRefusedWhereItChangesNoRow() throws IOException {
    begin("dpo");
    Path template = run.model.resolve("chat_template.jinja");
    if (!Files.exists(template)) {
      Files.writeString(template, "{{ messages[0].content }}");
    } else {
      Files.writeString(template, Files.readString(template) + "{# another #}");
    }
    assertThat(train()).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("the chat template is not the one");
  }

  @Test
  void aModelAfterSftFirstThatWasChangedIsRefused() throws IOException {
    begin("dpo", "--sft_first=true");
    Path start = output.resolve("sft/model.safetensors");
    Files.copy(
        TinyModel.write(Files.createDirectories(folder.resolve("other")), OTHER_SEED)
            .resolve("model.safetensors"),
        start,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThat(train()).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("sft_first", "the model after sft_first is not the one");
  }

  @Test
  void aCheckpointWithoutChecksumsGoesOnUnlessTheRunIsStrict() throws IOException {
    begin("dpo");
    Path checkpoint = output.resolve("checkpoint-4");
    Path file = checkpoint.resolve(ResumeState.FILE_NAME);
    JsonNode state = JsonMapper.shared().readTree(Files.readString(file));
    assertThat(state.path("origin").path("models").size()).isGreaterThan(1);
    ((ObjectNode) state.path("origin")).remove("models");
    Files.writeString(file, state.toString());
    Manifest.write(checkpoint);
    assertThat(train()).as(err).isZero();
    assertThat(train("--strict=true")).isEqualTo(ExitCode.USAGE.code());
    assertThat(err).contains("strict", "kept no checksums of the models");
  }
}
