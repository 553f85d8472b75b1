/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.io.RunRequest;
import dev.dpo4j.train.loop.StepReport;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.SaveStrategy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks runs for something by a file in their folders. */
class RunRequestsTest {
  @TempDir private Path folder;
  private Path output;
  private Path source;

  @BeforeEach
  void model() throws IOException {
    source = TinyModel.write(folder.resolve("model"));
    output = folder.resolve("out");
  }

  private TrainResult train(Consumer<StepReport> onStep) {
    DpoConfig config =
        DpoConfig.builder()
            .outputDir(output)
            .overwriteOutputDir(true)
            .maxSteps(5)
            .loggingSteps(1)
            .saveStrategy(SaveStrategy.STEPS)
            .saveSteps(100)
            .perDeviceTrainBatchSize(2)
            .build();
    try (Model model = Model.load(source)) {
      PreferenceData pairs =
          PreferenceData.ofTexts(
              List.of("lantern 1", "lantern 2", "lantern 3", "lantern 4"),
              List.of(" in window 1", " in window 4", " in window 9", " in window 16"),
              List.of(" x1", " x2", " x3", " x4"));
      return DpoTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(pairs)
          .onStep(onStep)
          .build()
          .train();
    }
  }

  private Consumer<StepReport> atStep(long step, RunRequest request) {
    return report -> {
      if (report.step() == step) {
        ask(request);
      }
    };
  }

  private void ask(RunRequest request) {
    try {
      Files.createDirectories(output);
      request.ask(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> events(String name) throws IOException {
    return Files.readAllLines(output.resolve("events.jsonl")).stream()
        .filter(line -> line.contains("\"event\":\"" + name + "\""))
        .toList();
  }

  @Test
  void aRunStopsAfterTheStepAndSaves() throws IOException {
    TrainResult result = train(atStep(2, RunRequest.STOP));
    assertThat(result.stopped()).isTrue();
    assertThat(result.steps()).isEqualTo(2);
    assertThat(output.resolve("checkpoint-2")).isDirectory();
    assertThat(output.resolve("model.safetensors")).isRegularFile();
    assertThat(RunRequest.STOP.isPending(output)).isFalse();
    assertThat(events("request")).singleElement().asString().contains("\"name\":\"stop\"");
  }

  @Test
  void aRunSavesACheckpointAndGoesOn() throws IOException {
    TrainResult result = train(atStep(3, RunRequest.CHECKPOINT));
    assertThat(result.stopped()).isFalse();
    assertThat(result.steps()).isEqualTo(5);
    try (Stream<Path> files = Files.list(output)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains("checkpoint-3", "checkpoint-5")
          .doesNotContain("checkpoint-4", RunRequest.CHECKPOINT.fileName());
    }
    assertThat(events("request")).hasSize(1);
  }

  @Test
  void whatAnEarlierProcessWasAskedIsForgotten() throws IOException {
    ask(RunRequest.STOP);
    FileTime old = FileTime.from(Instant.parse("2020-01-01T00:00:00Z"));
    Files.setLastModifiedTime(output.resolve(RunRequest.STOP.fileName()), old);
    assertThat(train(report -> {}).steps()).isEqualTo(5);
    assertThat(RunRequest.STOP.isPending(output)).isFalse();
  }

  @Test
  void whatIsAskedBeforeTheFirstStepHolds() {
    ask(RunRequest.STOP);
    TrainResult result = train(report -> {});
    assertThat(result.stopped()).isTrue();
    assertThat(result.steps()).isZero();
  }

  @Test
  void aFinishedRunLeavesNoRequestBehind() {
    assertThat(train(atStep(5, RunRequest.STOP)).stopped()).isFalse();
    assertThat(RunRequest.STOP.isPending(output)).isFalse();
  }

  @Test
  void aRequestThatCannotBeTakenAwayIsPassedOver() throws IOException {
    Path stop = output.resolve(RunRequest.STOP.fileName());
    Files.createDirectories(stop);
    Files.writeString(stop.resolve("file"), "x");
    assertThat(train(report -> {}).steps()).isEqualTo(5);
  }
}
