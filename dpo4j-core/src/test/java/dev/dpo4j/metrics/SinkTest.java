/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SinkTest {
  @Test
  void everyLineIsOneObjectAndIsThereAtOnce(@TempDir Path folder) throws IOException {
    Path file = folder.resolve(JsonlSink.FILE_NAME);
    try (JsonlSink sink = new JsonlSink(file)) {
      Map<String, Double> metrics = new LinkedHashMap<>();
      metrics.put("loss", 0.1);
      metrics.put("rewards/margins", Double.NaN);
      sink.log(10, 0.25, metrics);
      assertThat(Files.readAllLines(file))
          .containsExactly("{\"step\":10,\"epoch\":0.25,\"loss\":0.1,\"rewards/margins\":\"NaN\"}");
      sink.log(20, 0.5, Map.of("loss", 1e-7));
    }
    List<String> lines = Files.readAllLines(file);
    assertThat(lines).hasSize(2);
    assertThat(JsonMapper.shared().readTree(lines.get(1)).get("loss").asDouble()).isEqualTo(1e-7);
  }

  @Test
  void aFileThatCannotBeOpenedIsNamed(@TempDir Path folder) {
    Path file = folder.resolve("missing").resolve("metrics.jsonl");
    assertThatExceptionOfType(UncheckedIOException.class)
        .isThrownBy(() -> new JsonlSink(file))
        .withMessageContaining(file.toString());
  }

  @Test
  void theStateHasTheFieldsThatTransformersWrites(@TempDir Path folder) throws IOException {
    TrainerState state = new TrainerState(new TrainerState.Plan(6, 2, 10, null, 500, 4));
    state.log(3, 1.0, Map.of("loss", 0.5, "learning_rate", 1e-6));
    state.progress(4, 1.5);
    state.totalFlos(1e12);
    Path file = folder.resolve(TrainerState.FILE_NAME);
    state.write(file, true);
    JsonNode json = JsonMapper.shared().readTree(file.toFile());
    assertThat(json.propertyNames())
        .containsExactly(
            "best_global_step",
            "best_metric",
            "best_model_checkpoint",
            "epoch",
            "eval_steps",
            "global_step",
            "is_hyper_param_search",
            "is_local_process_zero",
            "is_world_process_zero",
            "log_history",
            "logging_steps",
            "max_steps",
            "num_input_tokens_seen",
            "num_train_epochs",
            "save_steps",
            "stateful_callbacks",
            "total_flos",
            "train_batch_size",
            "trial_name",
            "trial_params");
    assertThat(json.get("global_step").asLong()).isEqualTo(4);
    assertThat(json.get("epoch").asDouble()).isEqualTo(1.5);
    assertThat(json.get("best_metric").isNull()).isTrue();
    JsonNode line = json.get("log_history").get(0);
    assertThat(line.propertyNames()).containsExactly("epoch", "learning_rate", "loss", "step");
    assertThat(line.get("step").asLong()).isEqualTo(3);
  }

  @Test
  void theBestCheckpointIsWritten(@TempDir Path folder) throws IOException {
    TrainerState state = new TrainerState(new TrainerState.Plan(6, 2, 10, 3L, 3, 4));
    state.best(new TrainerState.Best(0.25, 3, "checkpoint-3"));
    Path file = folder.resolve(TrainerState.FILE_NAME);
    state.write(file, false);
    JsonNode json = JsonMapper.shared().readTree(file.toFile());
    assertThat(json.get("best_model_checkpoint").asString()).isEqualTo("checkpoint-3");
    assertThat(json.get("eval_steps").asLong()).isEqualTo(3);
    assertThat(json.at("/stateful_callbacks/TrainerControl/args/should_training_stop").asBoolean())
        .isTrue();
  }
}
