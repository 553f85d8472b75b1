/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.optim.schedule.LrSchedulerType;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.SamplingStrategy;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A training run of TRL, of a real model on real rows. */
@Tag("heavy")
class RealTrainingParityTest {
  @Test
  void eightStepsOfFullFineTuningEqualThoseOfTrl(@TempDir Path folder) throws IOException {
    JsonNode golden = Shared.json("golden/real/trl-smollm2-en.json");
    JsonNode options = golden.get("config");
    DpoConfig config =
        DpoConfig.builder()
            .beta(options.get("beta").asDouble())
            .learningRate(options.get("learning_rate").asDouble())
            .perDeviceTrainBatchSize(options.get("per_device_train_batch_size").asInt())
            .maxLength(options.get("max_length").asInt())
            .lrSchedulerType(LrSchedulerType.CONSTANT)
            .numTrainEpochs(1)
            .loggingSteps(1)
            .trainSamplingStrategy(SamplingStrategy.SEQUENTIAL)
            .saveStrategy(SaveStrategy.NO)
            .outputDir(folder.resolve("out"))
            .build();
    int first = golden.get("first_row").asInt();
    String rows = "train[%d:%d]".formatted(first, first + golden.get("rows").asInt());
    try (LanguageModel model = LanguageModel.load(Shared.model(golden.get("model").asString()))) {
      PreferenceDataset data =
          PreferenceRows.read(Shared.path(golden.get("data").asString()), rows)
              .tokenize(model.chat(), config.data().tokenizeOptions());
      DpoRun.Parts parts = new DpoRun.Parts(model, null, data, null);
      TrainResult result = DpoRun.of(parts, config, RunHooks.NONE).run();
      JsonNode steps = golden.get("steps");
      assertThat(result.log()).hasSize(steps.size());
      for (int i = 0; i < steps.size(); i++) {
        Map<String, Double> actual = result.log().get(i).metrics();
        for (String name : List.of("loss", "rewards/margins", "rewards/chosen")) {
          assertThat(actual.get(name))
              .as("%s of step %d", name, i + 1)
              .isEqualTo(steps.get(i).get(name).asDouble(), within(1e-3));
        }
        assertThat(actual.get("grad_norm") / steps.get(i).get("grad_norm").asDouble())
            .as("grad_norm of step %d", i + 1)
            .isEqualTo(1, within(1e-3));
      }
    }
  }
}
