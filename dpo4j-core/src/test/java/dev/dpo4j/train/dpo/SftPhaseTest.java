/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.train.dpo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoConfigBuilder;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.train.ToyRun;
import dev.dpo4j.train.loop.TrainListener;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.loop.TrainingMethod.RunContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SftPhaseTest {
  @TempDir private Path folder;

  private static DpoConfigBuilder config() {
    return DpoConfig.builder().sftFirst(true).sftLearningRate(1e-2).sftNumTrainEpochs(2);
  }

  private static DpoRun.Parts parts(LanguageModel model) {
    return new DpoRun.Parts(model, null, ToyRun.pairs(model), null);
  }

  @Test
  void thePolicyIsTrainedInPlaceAndItsFolderIsWhereDpoStarts() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      float[] before = model.parameters().values().toFloats();
      List<String> phases = new ArrayList<>();
      RunContext context =
          ToyRun.context(
              folder.resolve("run"),
              new TrainListener() {
                @Override
                public void onPhase(String name, TrainResult result) {
                  phases.add(name + " " + result.steps());
                }
              });
      SftPhase phase = new SftPhase(config().build());
      phase.run(parts(model), context);
      float[] after = model.parameters().values().toFloats();
      assertThat(after).isNotEqualTo(before);
      assertThat(phases).containsExactly("sft 2");
      Path start = phase.start(model, folder.resolve("run"));
      assertThat(start).isEqualTo(folder.resolve("run").resolve("sft"));
      try (LanguageModel written = LanguageModel.load(start)) {
        assertThat(written.parameters().values().toFloats()).isEqualTo(after);
      }
    }
  }

  @Test
  void aResumedRunTakesTheModelOfThePhaseAndDoesNotTrainItAgain() throws IOException {
    Path run = folder.resolve("run");
    float[] trained;
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      new SftPhase(config().build()).run(parts(model), ToyRun.context(run, TrainListener.NONE));
      trained = model.parameters().values().toFloats();
    }
    try (LanguageModel model = LanguageModel.load(folder.resolve("m"))) {
      RunContext fresh = ToyRun.context(run, TrainListener.NONE);
      RunContext resumed =
          new RunContext(
              run,
              run.resolve("checkpoint-1"),
              fresh.plan(),
              fresh.listener(),
              () -> false,
              fresh.share());
      byte[] log = Files.readAllBytes(run.resolve("sft").resolve("metrics.jsonl"));
      new SftPhase(config().build()).run(parts(model), resumed);
      assertThat(model.parameters().values().toFloats()).isEqualTo(trained);
      assertThat(run.resolve("sft").resolve("metrics.jsonl")).hasBinaryContent(log);
    }
  }

  @Test
  void withoutThePhaseNothingHappens() throws IOException {
    try (LanguageModel model = ToyRun.model(folder.resolve("m"))) {
      float[] before = model.parameters().values().toFloats();
      SftPhase phase = new SftPhase(DpoConfig.builder().build());
      phase.run(parts(model), ToyRun.context(folder.resolve("run"), TrainListener.NONE));
      assertThat(model.parameters().values().toFloats()).isEqualTo(before);
      assertThat(phase.start(model, folder.resolve("run"))).isEqualTo(model.folder());
      assertThat(folder.resolve("run")).doesNotExist();
    }
  }
}
