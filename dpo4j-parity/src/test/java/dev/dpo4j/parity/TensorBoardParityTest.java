/* SPDX-License-Identifier: Apache-2.0 */
package dev.dpo4j.parity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.dpo4j.metrics.TensorBoardSink;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** TensorBoard reads the curves that a run writes. */
class TensorBoardParityTest {
  @TempDir Path folder;

  @Test
  void tensorBoardReadsEveryScalarWithItsStepAndTag() throws Exception {
    Path runs = folder.resolve("runs");
    try (TensorBoardSink sink = new TensorBoardSink(runs)) {
      sink.log(1, 0.5, Map.of("loss", 0.6931471805599453));
      sink.log(300, 150, Map.of("eval_rewards/margins", -1.25));
    }
    JsonNode events =
        JsonMapper.shared()
            .readTree(
                Peer.TENSORBOARD.runIn(folder, "read_events.py", "", List.of(runs.toString())));
    assertThat(events.valueStream().map(TensorBoardParityTest::line))
        .containsExactlyInAnyOrder(
            "1 train/epoch 0.5",
            "1 train/loss " + (double) (float) 0.6931471805599453,
            "300 train/epoch 150.0",
            "300 eval/rewards/margins -1.25");
  }

  @Test
  void tensorBoardReadsHyperparametersAndTexts() throws Exception {
    Path runs = folder.resolve("runs");
    try (TensorBoardSink sink = new TensorBoardSink(runs)) {
      Map<String, String> keys = new LinkedHashMap<>();
      keys.put("beta", "0.1");
      keys.put("loss_type", "sigmoid");
      keys.put("use_peft", "true");
      keys.put("learning_rate", "5.0e-7");
      sink.hyperparameters(keys, List.of("loss", "eval_loss"));
      sink.text(3, "completions", "| prompt |\n|---|\n| 灯笼 |");
      sink.ended(true);
    }
    JsonNode read =
        JsonMapper.shared()
            .readTree(
                Peer.TENSORBOARD.runIn(folder, "read_hparams.py", "", List.of(runs.toString())));
    assertThat(read.path("keys").path("beta").asDouble()).isEqualTo(0.1);
    assertThat(read.path("keys").path("learning_rate").asDouble()).isEqualTo(5e-7);
    assertThat(read.path("keys").path("loss_type").asString()).isEqualTo("sigmoid");
    assertThat(read.path("keys").path("use_peft").asBoolean()).isTrue();
    // STRING is 1, BOOL 2 and FLOAT64 3.
    assertThat(read.path("types").path("loss_type").asInt()).isEqualTo(1);
    assertThat(read.path("types").path("use_peft").asInt()).isEqualTo(2);
    assertThat(read.path("types").path("beta").asInt()).isEqualTo(3);
    assertThat(read.path("metrics").valueStream().map(JsonNode::asString))
        .containsExactly("train/loss", "eval/loss");
    assertThat(read.path("texts").path("completions/text_summary").get(0).asString())
        .contains("灯笼");
    assertThat(read.path("status").asInt()).as("success").isEqualTo(1);
  }

  private static String line(JsonNode event) {
    return "%d %s %s"
        .formatted(
            event.get("step").asLong(), event.get("tag").asString(), event.get("value").asDouble());
  }
}
