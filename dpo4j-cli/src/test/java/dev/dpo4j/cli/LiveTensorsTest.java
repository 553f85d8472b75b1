/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.api.DpoTrainer;
import dev.dpo4j.api.Model;
import dev.dpo4j.api.PreferenceData;
import dev.dpo4j.cli.demo.TinyModel;
import dev.dpo4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Native memory is freed: a run holds as many tensors after its last step as after its first. */
class LiveTensorsTest {
  private static final PreferenceData PAIRS =
      PreferenceData.ofTexts(
          List.of("a lantern", "a window", "窗边", "in"),
          List.of(" in the window", " with a lantern and a light", "的灯笼", " the window"),
          List.of(" somewhere", " no idea", "随便", " x"));

  @Test
  void theNumberOfLiveTensorsStaysConstantOverFiftySteps(@TempDir Path folder) throws IOException {
    Path source = TinyModel.write(folder);
    long before = Tensor.live();
    List<Long> live = new ArrayList<>();
    DpoConfig config =
        DpoConfig.builder()
            .outputDir(folder.resolve("out"))
            .maxSteps(50)
            .perDeviceTrainBatchSize(2)
            .gradientAccumulationSteps(2)
            .learningRate(1e-4)
            .evalSteps(10)
            .loggingSteps(5)
            .build();
    try (Model model = Model.load(source)) {
      DpoTrainer.builder()
          .model(model)
          .config(config)
          .trainDataset(PAIRS)
          .evalDataset(PAIRS)
          .onStep(step -> live.add(Tensor.live()))
          .build()
          .train();
    }
    assertThat(live).hasSize(50).allMatch(count -> count.equals(live.get(0)));
    assertThat(live.get(0)).isGreaterThan(before);
    assertThat(Tensor.live()).as("after the model is closed").isEqualTo(before);
  }
}
