/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoConfigBuilder;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.io.Folders;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs that cannot write, with a limit on the size of files in the place of a full disk. */
@EnabledOnOs(OS.LINUX)
@Timeout(600)
class FullDiskIT {
  private static final String ROW =
      "{\"prompt\": \"a lantern\", \"chosen\": \" in a window\", \"rejected\": \" x\"}\n";

  @Test
  void aModelThatCannotBeWrittenIsAClearErrorAndLeavesNoHalfFile(@TempDir Path folder)
      throws Exception {
    Path model = TinyModel.write(folder);
    Path weights = model.resolve("model.safetensors");
    byte[] before = Files.readAllBytes(weights);
    Path data = Files.writeString(folder.resolve("pairs.jsonl"), ROW.repeat(4));
    Path output = folder.resolve("out");
    Path err = folder.resolve("err");
    long kilobytes = before.length / 2 / 1024;
    Process process =
        new ProcessBuilder(
                command(
                    kilobytes,
                    "dpo",
                    "--model_name_or_path=" + model,
                    "--dataset_name=" + data,
                    "--output_dir=" + output,
                    "--max_steps=2",
                    "--save_strategy=no",
                    "--logging_steps=1"))
            .redirectError(err.toFile())
            .redirectOutput(folder.resolve("stdout").toFile())
            .start();
    assertThat(process.waitFor(9, TimeUnit.MINUTES)).isTrue();
    String messages = Files.readString(err, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(messages).isEqualTo(1);
    assertThat(messages)
        .contains("error: The model could not be written to " + output, "model.safetensors")
        .contains("make room or choose another output_dir");
    assertThat(weights).hasBinaryContent(before);
    assertThat(Files.readAllLines(output.resolve("metrics.jsonl"))).hasSize(2);
    assertThat(output)
        .isDirectoryNotContaining("glob:**.safetensors")
        .isDirectoryNotContaining("glob:**.partial");
  }

  private static List<String> command(long kilobytes, String... arguments) {
    String limited = "ulimit -f " + kilobytes + " && exec \"$@\"";
    List<String> command =
        new ArrayList<>(
            List.of(
                "bash",
                "-c",
                limited,
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dai.djl.offline=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  @Test
  void aLogThatCannotBeWrittenStopsTheRunButTheModelIsSaved(@TempDir Path folder)
      throws IOException {
    Path source = TinyModel.write(folder);
    Path output = folder.resolve("out");
    TrainListener full =
        new TrainListener() {
          @Override
          public void onLog(long step, double epoch, Map<String, Double> metrics) {
            if (step == 2) {
              throw new UncheckedIOException(new IOException("No space left on device"));
            }
          }
        };
    DpoConfig config = DpoConfig.builder().outputDir(output).maxSteps(5).loggingSteps(1).build();
    PreferenceData pairs =
        PreferenceData.ofTexts(List.of("a lantern"), List.of(" in a window"), List.of(" x"));
    try (Model model = Model.load(source)) {
      DpoTrainer trainer =
          DpoTrainer.builder()
              .model(model)
              .config(config)
              .trainDataset(pairs)
              .listener(full)
              .build();
      assertThatThrownBy(trainer::train)
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("No space left")
          .hasNoSuppressedExceptions();
    }
    assertThat(output.resolve("trainer_state.json")).content().contains("\"global_step\" : 2");
    try (Model saved = Model.load(output)) {
      assertThat(saved.generate("a lantern", 2)).isNotNull();
    }
  }

  /** Trains two steps, with something in the way of the result that appears after the last one. */
  private static String failedResult(Path folder, DpoConfig config) throws IOException {
    Path source = TinyModel.write(folder);
    Path inTheWay = folder.resolve("out/model.safetensors/x");
    TrainListener block =
        new TrainListener() {
          @Override
          public void onStep(StepReport report) {
            if (report.step() == report.maxSteps()) {
              assertThat(inTheWay.toFile().mkdirs()).isTrue();
            }
          }
        };
    PreferenceData pairs =
        PreferenceData.ofTexts(List.of("a lantern"), List.of(" in a window"), List.of(" x"));
    try (Model model = Model.load(source)) {
      DpoTrainer trainer =
          DpoTrainer.builder()
              .model(model)
              .config(config)
              .trainDataset(pairs)
              .listener(block)
              .build();
      return String.valueOf(
          catchThrowableOfType(UncheckedIOException.class, trainer::train).getMessage());
    }
  }

  @Test
  void aResultThatCannotBeWrittenIsFinishedFromTheLastCheckpoint(@TempDir Path folder)
      throws IOException {
    Path output = folder.resolve("out");
    DpoConfigBuilder config = DpoConfig.builder().outputDir(output).maxSteps(2).saveSteps(2.0);
    String message = failedResult(folder, config.build());
    assertThat(message)
        .contains("The trained weights are whole in " + output.resolve("checkpoint-2"))
        .contains("--resume_from_checkpoint auto");
    Path kept = output.resolve("checkpoint-2/model.safetensors");
    assertThat(kept).exists();
    Folders.delete(output.resolve("model.safetensors"));
    PreferenceData pairs =
        PreferenceData.ofTexts(List.of("a lantern"), List.of(" in a window"), List.of(" x"));
    try (Model model = Model.load(folder.resolve("tiny model"))) {
      DpoTrainer.builder()
          .model(model)
          .config(config.resumeFromCheckpoint("auto").build())
          .trainDataset(pairs)
          .build()
          .train();
    }
    assertThat(output.resolve("model.safetensors")).hasSameBinaryContentAs(kept);
  }

  @Test
  void withoutACheckpointTheWeightsGoToAnotherPlace(@TempDir Path folder) throws IOException {
    DpoConfig config =
        DpoConfig.builder()
            .outputDir(folder.resolve("out"))
            .maxSteps(2)
            .saveStrategy(SaveStrategy.NO)
            .build();
    String message = failedResult(folder, config);
    Matcher place =
        Pattern.compile("The trained weights were written to (\\S+) instead").matcher(message);
    assertThat(place.find()).as(message).isTrue();
    try (Model saved = Model.load(Path.of(place.group(1)))) {
      assertThat(saved.generate("a lantern", 2)).isNotNull();
    } finally {
      Folders.delete(Path.of(place.group(1)));
    }
  }
}
