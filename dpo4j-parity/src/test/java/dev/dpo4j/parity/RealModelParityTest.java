/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.dpo4j.api.DpoConfig;
import dev.dpo4j.data.PreferenceRows;
import dev.dpo4j.data.token.PreferenceDataset;
import dev.dpo4j.data.token.TokenizeOptions;
import dev.dpo4j.data.token.TokenizedPair;
import dev.dpo4j.model.CausalLm;
import dev.dpo4j.model.ComputeOptions;
import dev.dpo4j.model.LanguageModel;
import dev.dpo4j.nn.FlatBatch;
import dev.dpo4j.nn.LogProbHead;
import dev.dpo4j.nn.TokenStats;
import dev.dpo4j.optim.schedule.LrSchedulerType;
import dev.dpo4j.train.dpo.DpoRun;
import dev.dpo4j.train.loop.TrainResult;
import dev.dpo4j.train.options.SamplingStrategy;
import dev.dpo4j.train.options.SaveStrategy;
import dev.dpo4j.train.run.RunHooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Real models on real rows: log-probabilities of transformers, a training run of TRL. */
@Tag("heavy")
class RealModelParityTest {
  /** Sums over hundreds of tokens, each rounded to float32 in another order. */
  private static final double LOGP = 1e-4;

  private static JsonNode golden(String file) throws IOException {
    return JsonMapper.shared().readTree(Files.readString(Shared.path("golden/real/" + file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"smollm2-en.json", "qwen-zh.json"})
  void logProbabilitiesEqualThoseOfTransformers(String file) throws IOException {
    JsonNode golden = golden(file);
    int first = golden.get("first_row").asInt();
    String rows = "train[%d:%d]".formatted(first, first + golden.get("rows").asInt());
    JsonNode pairs = golden.get("pairs");
    try (LanguageModel model = LanguageModel.load(Shared.model(golden.get("model").asString()));
        CausalLm lm = model.compute(ComputeOptions.float32())) {
      PreferenceDataset data =
          PreferenceRows.read(Shared.path(golden.get("data").asString()), rows)
              .tokenize(
                  model.chat(), TokenizeOptions.ofMaxLength(golden.get("max_length").asInt()));
      // The record may stop before the last row.
      assertThat(data.size()).isGreaterThanOrEqualTo(pairs.size());
      for (int i = 0; i < pairs.size(); i++) {
        TokenizedPair pair = data.pairs().get(i);
        assertThat(pair.promptIds()).hasSize(pairs.get(i).get("prompt").size());
        FlatBatch batch =
            FlatBatch.of(
                List.of(
                    FlatBatch.Tree.pair(pair.promptIds(), pair.chosenIds(), pair.rejectedIds())));
        TokenStats stats = lm.score(batch, LogProbHead.Want.LOGPS);
        check(stats, batch, 0, pairs.get(i).get("chosen_logp").asDouble());
        check(stats, batch, 1, pairs.get(i).get("rejected_logp").asDouble());
      }
    }
  }

  private static void check(TokenStats stats, FlatBatch batch, int sequence, double expected) {
    double sum = stats.sumLogps(batch.entryStart(sequence), batch.entryEnd(sequence));
    assertThat(sum / expected).isEqualTo(1, within(LOGP));
  }

  @Test
  void eightStepsOfFullFineTuningEqualThoseOfTrl(@TempDir Path folder) throws IOException {
    JsonNode golden = golden("trl-smollm2-en.json");
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
